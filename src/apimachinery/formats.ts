/**
 * The formats of names, labels and other texts in the API. Every check returns messages in the words of
 * apimachinery `pkg/util/validation` and `pkg/api/validate/content`; an empty list means that the text is valid.
 */
export type FormatCheck = (value: string) => readonly string[];

const LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`;
const SUBDOMAIN_MESSAGE =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character";
const NAME_PART = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
const NAME_PART_MESSAGE =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";

/** Longest label name, label value and name part of a key, in bytes. */
export const MAX_LABEL_LENGTH = 63;
export const MAX_SUBDOMAIN_LENGTH = 253;

/** Largest user and group id that the API accepts. */
const MAX_ID = 2 ** 31 - 1;

export const checkDNS1123Label: FormatCheck = pattern({
  regex: LABEL,
  message:
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
  examples: ["my-name", "123-abc"],
  maxLength: MAX_LABEL_LENGTH,
});

export const checkDNS1123Subdomain: FormatCheck = pattern({
  regex: SUBDOMAIN,
  message: SUBDOMAIN_MESSAGE,
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

const checkConfigMapKeyCharacters: FormatCheck = pattern({
  regex: "[-._a-zA-Z0-9]+",
  message: "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
  examples: ["key.name", "KEY_NAME", "key-name"],
  maxLength: MAX_SUBDOMAIN_LENGTH,
});

const checkNamePart: FormatCheck = pattern({
  regex: NAME_PART,
  message: NAME_PART_MESSAGE,
  examples: ["MyName", "my.name", "123-abc"],
});

/** Keys of labels, annotations, taints and extended resources: `[prefix/]name`. */
export function checkQualifiedName(value: string): readonly string[] {
  const parts = value.split("/");
  if (parts.length > 2) {
    const [message = ""] = checkNamePart("");
    return [
      `a valid label key ${message} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  const name = parts.at(-1) ?? "";
  const prefix = parts.length === 2 ? (parts[0] ?? "") : undefined;
  return [
    ...(prefix === undefined ? [] : checkPrefix(prefix)).map((message) => `prefix part ${message}`),
    ...[...checkLength(name, MAX_LABEL_LENGTH), ...checkNamePart(name)].map(
      (message) => `name part ${message}`,
    ),
  ];
}

/** Keys of ConfigMap and Secret data. */
export function checkConfigMapKey(value: string): readonly string[] {
  return [...checkConfigMapKeyCharacters(value), ...checkRelativePath(value)];
}

/** Environment variable names: printable ASCII without `=` (RelaxedEnvironmentVariableValidation is GA). */
export function checkEnvVarName(value: string): readonly string[] {
  if (value === "") return ["environment variable name must be non-empty"];
  return /^[\x20-\x3c\x3e-\x7e]*$/.test(value)
    ? []
    : ["a valid environment variable name must consist only of printable ASCII characters other than '='"];
}

/** Names of ports: at most 15 characters, IANA service name rules in lower case. */
export function checkPortName(value: string): readonly string[] {
  return [
    ...(value.length > 15 ? [maxLengthMessage(15)] : []),
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

function checkPrefix(prefix: string): readonly string[] {
  return prefix === "" ? ["must be non-empty"] : checkDNS1123Subdomain(prefix);
}

function checkLength(value: string, max: number): readonly string[] {
  if (value === "") return ["must be non-empty"];
  return value.length > max ? [maxLengthMessage(max, "bytes")] : [];
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
  readonly maxLength?: number;
  /** Upstream counts the same limit in two wordings. */
  readonly unit?: "characters" | "bytes";
}

function pattern({ regex, message, examples, maxLength, unit }: Pattern): FormatCheck {
  const compiled = new RegExp(`^${regex}$`);
  const list = examples.map((example) => `'${example}', `).join(" or ");
  const mismatch = `${message} (e.g. ${list}regex used for validation is '${regex}')`;
  return (value) => [
    ...(maxLength !== undefined && value.length > maxLength ? [maxLengthMessage(maxLength, unit)] : []),
    ...(compiled.test(value) ? [] : [mismatch]),
  ];
}

function maxLengthMessage(length: number, unit = "characters"): string {
  return `must be no more than ${String(length)} ${unit}`;
}
