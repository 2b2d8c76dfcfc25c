/**
 * The formats of names, labels and other texts in the API. Every check returns messages in the words of
 * apimachinery `pkg/util/validation` and `pkg/api/validate/content`; an empty list means that the text is valid.
 */
export type FormatCheck = (value: string) => readonly string[];

const LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`;
const UNDERSCORE_LABEL = "_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?";
const SUBDOMAIN_MESSAGE =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character";
const NAME_PART = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
const NAME_PART_MESSAGE =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";

/** Longest label name, label value and name part of a key, in bytes. */
export const MAX_LABEL_LENGTH = 63;
export const MAX_SUBDOMAIN_LENGTH = 253;

const EMPTY = "must be non-empty";

/** Largest user and group id that the API accepts. */
const MAX_ID = 2 ** 31 - 1;

export const checkDNS1123Label: FormatCheck = pattern({
  regex: LABEL,
  message:
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
  examples: ["my-name", "123-abc"],
  maxLength: MAX_LABEL_LENGTH,
  almost: { regex: SUBDOMAIN, message: "must not contain dots" },
});

export const checkDNS1123Subdomain: FormatCheck = pattern({
  regex: SUBDOMAIN,
  message: SUBDOMAIN_MESSAGE,
  examples: ["example.com"],
  maxLength: MAX_SUBDOMAIN_LENGTH,
});

/** The same with underscores, which the DNS search domains of a pod may contain. */
export const checkDNS1123SubdomainWithUnderscore: FormatCheck = pattern({
  regex: `${UNDERSCORE_LABEL}(\\.${UNDERSCORE_LABEL})*`,
  message:
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character",
  examples: ["example.com"],
  maxLength: MAX_SUBDOMAIN_LENGTH,
});

export const checkDNS1035Label: FormatCheck = pattern({
  regex: "[a-z]([-a-z0-9]*[a-z0-9])?",
  message:
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
  examples: ["my-name", "abc-123"],
  maxLength: MAX_LABEL_LENGTH,
});

export const checkWildcardDNS1123Subdomain: FormatCheck = pattern({
  regex: `\\*\\.${SUBDOMAIN}`,
  message:
    "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
  examples: ["*.example.com"],
  maxLength: MAX_SUBDOMAIN_LENGTH,
});

export const checkLabelValue: FormatCheck = pattern({
  regex: `(${NAME_PART})?`,
  message:
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  examples: ["MyValue", "my_value", "12345"],
  maxLength: MAX_LABEL_LENGTH,
  unit: "bytes",
});

export const checkPercent: FormatCheck = pattern({
  regex: "[0-9]+%",
  message: "a valid percent string must be a numeric string followed by an ending '%'",
  examples: ["1%", "93%"],
});

export const checkHTTPHeaderName: FormatCheck = pattern({
  regex: "[-A-Za-z0-9]+",
  message: "a valid HTTP header must consist of alphanumeric characters or '-'",
  examples: ["X-Header-Name"],
});

export const checkCIdentifier: FormatCheck = pattern({
  regex: "[A-Za-z_][A-Za-z0-9_]*",
  message:
    "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_'",
  examples: ["my_name", "MY_NAME", "MyName"],
});

/** Machine-readable reasons of conditions. */
export const checkConditionReason: FormatCheck = pattern({
  regex: "[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?",
  message:
    "a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric characters or '_,:', and must end with an alphanumeric character or '_'",
  examples: ["my_name", "MY_NAME", "MyName", "ReasonA,ReasonB", "ReasonA:ReasonB"],
});

const checkConfigMapKeyCharacters: FormatCheck = pattern({
  regex: "[-._a-zA-Z0-9]+",
  message: "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
  examples: ["key.name", "KEY_NAME", "key-name"],
  maxLength: MAX_SUBDOMAIN_LENGTH,
});

/** Prefix of a qualified name: a subdomain whose length is reported in bytes. */
const checkPrefix: FormatCheck = pattern({
  regex: SUBDOMAIN,
  message: SUBDOMAIN_MESSAGE,
  examples: ["example.com"],
  maxLength: MAX_SUBDOMAIN_LENGTH,
  unit: "bytes",
});

const NAME_PART_MISMATCH = mismatchMessage({
  regex: NAME_PART,
  message: NAME_PART_MESSAGE,
  examples: ["MyName", "my.name", "123-abc"],
});
const NAME_PART_REGEX = anchored(NAME_PART);

/** Keys of labels, annotations, taints and extended resources: `[prefix/]name`. */
export function checkQualifiedName(value: string): readonly string[] {
  const parts = value.split("/");
  if (parts.length > 2) {
    return [
      `a valid label key ${NAME_PART_MISMATCH} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  const name = parts.at(-1) ?? "";
  const prefix = parts.length === 2 ? parts[0] : undefined;
  return [
    ...(prefix === undefined ? [] : prefix === "" ? [EMPTY] : checkPrefix(prefix)).map(
      (message) => `prefix part ${message}`,
    ),
    ...checkNamePart(name).map((message) => `name part ${message}`),
  ];
}

function checkNamePart(name: string): readonly string[] {
  const length = name === "" ? [EMPTY] : checkLength(name, MAX_LABEL_LENGTH, "bytes");
  return NAME_PART_REGEX.test(name) ? length : [...length, NAME_PART_MISMATCH];
}

/** Names that become one segment of a URL path and of a storage key; any other character is fine. */
export function checkPathSegmentName(value: string): readonly string[] {
  return value === "." || value === ".." ? [`may not be '${value}'`] : checkPathSegmentPrefix(value);
}

/** The same for a text that something is appended to. */
export function checkPathSegmentPrefix(value: string): readonly string[] {
  return ["/", "%"].filter((each) => value.includes(each)).map((each) => `may not contain '${each}'`);
}

/** Keys of ConfigMap and Secret data. */
export function checkConfigMapKey(value: string): readonly string[] {
  return [...checkConfigMapKeyCharacters(value), ...checkRelativePath(value)];
}

/** Environment variable names: printable ASCII without `=` (RelaxedEnvironmentVariableValidation is GA). */
export function checkEnvVarName(value: string): readonly string[] {
  if (value === "") return [`environment variable name ${EMPTY}`];
  return /^[\x20-\x3c\x3e-\x7e]*$/.test(value)
    ? []
    : ["a valid environment variable name must consist only of printable ASCII characters other than '='"];
}

/** Names of ports: at most 15 characters, IANA service name rules in lower case. */
export function checkPortName(value: string): readonly string[] {
  return [
    ...checkLength(value, 15, "characters"),
    ...(/^[-a-z0-9]+$/.test(value)
      ? []
      : ["must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)"]),
    ...(/[a-z]/.test(value) ? [] : ["must contain at least one letter (a-z)"]),
    ...(value.includes("--") ? ["must not contain consecutive hyphens"] : []),
    ...(/^-|-$/.test(value) ? ["must not begin or end with a hyphen"] : []),
  ];
}

export function checkPortNumber(port: number): readonly string[] {
  return checkRange(port, 1, 65535);
}

/** User and group ids. */
export function checkId(id: number): readonly string[] {
  return checkRange(id, 0, MAX_ID);
}

export function checkRange(value: number, low: number, high: number): readonly string[] {
  return value >= low && value <= high
    ? []
    : [`must be between ${String(low)} and ${String(high)}, inclusive`];
}

/** Decimal integers without a plus sign or leading zeros. */
export function checkDecimalInteger(value: string): readonly string[] {
  if (value === "") return [EMPTY];
  return /^(0|-?[1-9][0-9]*)$/.test(value) ? [] : ["must be a valid decimal integer in canonical form"];
}

/** What may be put behind a name prefix is a DNS label, so a dash at the end of the prefix is no mistake. */
export function checkNameWith(check: FormatCheck): (name: string, isPrefix: boolean) => readonly string[] {
  return (name, isPrefix) => check(isPrefix ? maskTrailingDash(name) : name);
}

/** As upstream, the character before the dash goes too (apimachinery `pkg/api/validation/generic.go`). */
function maskTrailingDash(name: string): string {
  return name.length > 1 && name.endsWith("-") ? `${name.slice(0, -2)}a` : name;
}

function checkRelativePath(value: string): readonly string[] {
  if (value === ".") return ["must not be '.'"];
  if (value === "..") return ["must not be '..'"];
  return value.startsWith("..") ? ["must not start with '..'"] : [];
}

interface Pattern {
  /** Anchored at both ends when it is used, and quoted as it stands in the message. */
  readonly regex: string;
  readonly message: string;
  readonly examples: readonly string[];
  /** In bytes, whatever the message calls them. */
  readonly maxLength?: number;
  /** Upstream's words for the limit: `util/validation` says characters, `api/validate/content` says bytes. */
  readonly unit?: "characters" | "bytes";
  /** A second expression with a better explanation of why a value that matches it is wrong. */
  readonly almost?: { readonly regex: string; readonly message: string };
}

function pattern(options: Pattern): FormatCheck {
  const { regex, almost, maxLength = Number.POSITIVE_INFINITY, unit = "characters" } = options;
  const compiled = anchored(regex);
  const mismatch = mismatchMessage(options);
  const compiledAlmost = almost && { regex: anchored(almost.regex), message: almost.message };
  return (value) => {
    const length = checkLength(value, maxLength, unit);
    if (compiled.test(value)) return length;
    return [...length, compiledAlmost?.regex.test(value) === true ? compiledAlmost.message : mismatch];
  };
}

function anchored(regex: string): RegExp {
  return new RegExp(`^(?:${regex})$`);
}

/** The comma before `or` is doubled upstream too. */
function mismatchMessage({ regex, message, examples }: Pattern): string {
  const list = examples.map((example) => `'${example}', `).join(" or ");
  return `${message} (e.g. ${list}regex used for validation is '${regex}')`;
}

const VALID: readonly string[] = [];

function checkLength(value: string, max: number, unit: "characters" | "bytes"): readonly string[] {
  // A character of a string is at most three bytes, so most values need no count.
  if (value.length * 3 <= max || Buffer.byteLength(value) <= max) return VALID;
  return [`must be no more than ${String(max)} ${unit}`];
}
