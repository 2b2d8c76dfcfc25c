/** k8s.io/apiserver pkg/cel/library/format.go. */
import {
  checkDNS1035Label,
  checkDNS1123Label,
  checkDNS1123Subdomain,
  checkLabelValue,
  checkNameWith,
  checkQualifiedName,
  type FormatCheck,
} from "#apimachinery/formats.ts";
import { declare, type FunctionDeclaration, method, overload } from "../types/function.ts";
import { listType, objectType, optionalType, STRING } from "../types/type.ts";
import { equalObject } from "../values/equality.ts";
import { ValueList } from "../values/list.ts";
import { CelObject, CelOptional, type CelValue, NONE, type Result } from "../values/value.ts";
import { parseRequestUri } from "./go-url.ts";
import type { Library } from "./library.ts";

const FORMAT_TYPE = objectType("kubernetes.NamedFormat");

class CelFormat extends CelObject {
  readonly type = FORMAT_TYPE;
  readonly name: string;
  readonly check: FormatCheck;
  /** What a check counts for when its cost is reckoned. */
  readonly patternSize: number;

  constructor(name: string, check: FormatCheck, patternSize: number) {
    super();
    this.name = name;
    this.check = check;
    this.patternSize = patternSize;
  }

  override equals(other: CelValue): Result {
    return equalObject(other, CelFormat, ({ name }) => name === this.name);
  }
}

const DATE = "\\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\\d|3[01])";
const TIME = "(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:.\\d+)?(?:[Zz]|[+-]\\d\\d:\\d\\d)";
/** Lengths of upstream's patterns. */
const UUID_SIZE = 70;
const DATE_TIME_SIZE = 71;

const FORMATS: ReadonlyMap<string, CelFormat> = new Map(
  (
    [
      ["dns1123Label", checkDNS1123Label, 30],
      ["dns1123Subdomain", checkDNS1123Subdomain, 60],
      ["dns1035Label", checkDNS1035Label, 30],
      ["qualifiedName", checkQualifiedName, 60],
      ["dns1123LabelPrefix", prefix(checkDNS1123Label), 30],
      ["dns1123SubdomainPrefix", prefix(checkDNS1123Subdomain), 60],
      ["dns1035LabelPrefix", prefix(checkDNS1035Label), 30],
      ["labelValue", checkLabelValue, 40],
      ["uri", checkUri, 1103],
      [
        "uuid",
        matching(
          /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i,
          "does not match the UUID format",
        ),
        UUID_SIZE,
      ],
      [
        "byte",
        matching(
          /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})$/,
          "invalid base64",
        ),
        84,
      ],
      ["date", day(new RegExp(`^${DATE}$`), "invalid date"), DATE_TIME_SIZE],
      ["datetime", day(new RegExp(`^${DATE}[Tt]${TIME}$`), "invalid datetime"), DATE_TIME_SIZE],
    ] satisfies [string, FormatCheck, number][]
  ).map(([name, check, size]) => [name, new CelFormat(name, check, size)]),
);

const functions: readonly FunctionDeclaration[] = [
  ...[...FORMATS].map(([name, format]) =>
    declare(
      `format.${name}`,
      overload(`format.${name}`, [], FORMAT_TYPE, () => format),
    ),
  ),
  declare(
    "format.named",
    overload("format-named", [STRING], optionalType(FORMAT_TYPE), (name: string) => {
      const format = FORMATS.get(name);
      return format === undefined ? NONE : new CelOptional(format);
    }),
  ),
  declare(
    "validate",
    method(
      "format-validate",
      [FORMAT_TYPE, STRING],
      optionalType(listType(STRING)),
      ({ check }: CelFormat, text: string) => {
        const problems = check(text);
        return problems.length === 0 ? NONE : new CelOptional(new ValueList(problems));
      },
    ),
  ),
];

export const formatLibrary: Library = { functions };

function prefix(check: FormatCheck): FormatCheck {
  const checkName = checkNameWith(check);
  return (text) => checkName(text, true);
}

function checkUri(text: string): readonly string[] {
  const parsed = parseRequestUri(text);
  return "problem" in parsed ? [parsed.problem] : [];
}

function matching(pattern: RegExp, problem: string): FormatCheck {
  return (text) => (pattern.test(text) ? [] : [problem]);
}

function day(pattern: RegExp, problem: string): FormatCheck {
  return (text) => {
    const date = text.slice(0, 10);
    const time = pattern.test(text) ? Date.parse(`${date}T00:00:00Z`) : Number.NaN;
    return !Number.isNaN(time) && new Date(time).toISOString().startsWith(date) ? [] : [problem];
  };
}
