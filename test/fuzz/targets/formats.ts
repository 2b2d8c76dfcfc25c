import { RE2JS } from "re2js";
import * as formats from "#apimachinery/formats.ts";
import { ensureSame, textTarget } from "../engine/target.ts";

/** Upstream's expressions, in which `util/validation` and `api/validate/content` write the formats. */
const LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const NAME = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";

interface Format {
  readonly check: formats.FormatCheck;
  readonly pattern: string;
  readonly maxLength: number;
}

const FORMATS: readonly Format[] = [
  { check: formats.checkDNS1123Label, pattern: LABEL, maxLength: 63 },
  { check: formats.checkDNS1123Subdomain, pattern: `${LABEL}(\\.${LABEL})*`, maxLength: 253 },
  { check: formats.checkDNS1035Label, pattern: "[a-z]([-a-z0-9]*[a-z0-9])?", maxLength: 63 },
  { check: formats.checkWildcardDNS1123Subdomain, pattern: `\\*\\.${LABEL}(\\.${LABEL})*`, maxLength: 253 },
  { check: formats.checkLabelValue, pattern: `(${NAME})?`, maxLength: 63 },
  { check: formats.checkPercent, pattern: "[0-9]+%", maxLength: Number.POSITIVE_INFINITY },
  { check: formats.checkHTTPHeaderName, pattern: "[-A-Za-z0-9]+", maxLength: Number.POSITIVE_INFINITY },
  { check: formats.checkCIdentifier, pattern: "[A-Za-z_][A-Za-z0-9_]*", maxLength: Number.POSITIVE_INFINITY },
];

/** Names, labels and keys, beside upstream's expressions in RE2, which Go's regular expressions are. */
export const target = textTarget({
  seeds: [
    "my-name",
    "a.b.c",
    "example.com/name",
    "*.example.com",
    "A_b.c",
    "93%",
    "-a",
    "a-",
    "a\n",
    "x".repeat(64),
    "1.2.3",
  ],
  dictionary: ["-", ".", "_", "/", "%", "*.", "..", "\n", "é", "x".repeat(63), `${"a.".repeat(126)}a`],
  maxBytes: 600,
  refusals: [],
  open: () => {
    const judges = FORMATS.map((format) => ({ ...format, regex: RE2JS.compile(format.pattern) }));
    return (text) => {
      const bytes = Buffer.byteLength(text);
      for (const { check, regex, pattern, maxLength } of judges) {
        const isValid = bytes <= maxLength && regex.matches(text);
        ensureSame(check(text).length === 0, isValid, `${pattern} matches`);
      }
      for (const check of [
        formats.checkQualifiedName,
        formats.checkConfigMapKey,
        formats.checkEnvVarName,
        formats.checkPortName,
        formats.checkPathSegmentName,
        formats.checkDecimalInteger,
      ])
        check(text);
      return undefined;
    };
  },
});
