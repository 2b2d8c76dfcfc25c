/** `format`, as cel-go ext/formatting.go has it for version 2, in English. */
import { quote } from "#apimachinery/go-text.ts";
import { toText } from "../values/conversion.ts";
import { type CelList, isList } from "../values/list.ts";
import { type CelMap, isMap } from "../values/map.ts";
import { characters } from "../values/text.ts";
import { Uint } from "../values/uint.ts";
import {
  CelDuration,
  CelError,
  CelTimestamp,
  CelTypeValue,
  type CelValue,
  isError,
  type Result,
  runtimeType,
} from "../values/value.ts";

/** A clause such as `%.2f`; `problem` says what is wrong with it. */
export type Clause =
  | { readonly verb: Verb; readonly precision: number; readonly isUpper: boolean }
  | { readonly problem: string };

export type Verb = "s" | "d" | "f" | "e" | "b" | "x" | "o";

/** Texts, and the clauses between them; `%%` is text. */
export type Template = readonly (string | Clause)[];

const DEFAULT_PRECISION = 6;
/** More digits tell nothing, and fill memory. */
const MAX_PRECISION = 100;
const VERBS: Readonly<Record<string, Verb>> = {
  s: "s",
  d: "d",
  f: "f",
  e: "e",
  b: "b",
  x: "x",
  X: "x",
  o: "o",
};

/** What a clause wants, as messages say it behind "was given". */
export const CLAUSE_PROBLEMS: Readonly<Record<Verb, string>> = {
  s: "string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps",
  d: "decimal clause can only be used on integers",
  f: "fixed-point clause can only be used on doubles",
  e: "scientific clause can only be used on doubles",
  b: "only integers and bools can be formatted as binary",
  x: "only integers, byte buffers, and strings can be formatted as hex",
  o: "octal clause can only be used on integers",
};

export function parseTemplate(text: string): Template {
  const parts: (string | Clause)[] = [];
  for (const [part] of text.matchAll(/%%|%(?:\.[0-9]*)?[^]?|[^%]+/g)) {
    parts.push(part === "%%" ? "%" : part.startsWith("%") ? parseClause(part) : part);
  }
  return parts;
}

function parseClause(part: string): Clause {
  const [, precisionText, letter = ""] = /^%(?:\.([0-9]*))?([^]?)$/.exec(part) ?? [];
  if (letter === "" && precisionText === undefined) return { problem: "unexpected end of string" };
  const problem = (text: string): Clause => ({ problem: `could not parse formatting clause: ${text}` });
  if (letter === "")
    return problem("error while parsing precision: could not find end of precision specifier");
  if (precisionText === "") {
    return problem(
      'error while parsing precision: error while converting precision to integer: strconv.Atoi: parsing "": invalid syntax',
    );
  }
  const precision = Number(precisionText ?? DEFAULT_PRECISION);
  if (precision > MAX_PRECISION) {
    return problem(`precision ${String(precision)} is larger than ${String(MAX_PRECISION)}`);
  }
  const verb = Object.hasOwn(VERBS, letter) ? VERBS[letter] : undefined;
  return verb === undefined
    ? problem(`unrecognized formatting clause "${letter}"`)
    : { verb, precision, isUpper: letter === "X" };
}

export function formatText(text: string, args: CelList): Result {
  let result = "";
  let index = 0;
  for (const part of parseTemplate(text)) {
    if (typeof part === "string") {
      result += part;
      continue;
    }
    if (index >= args.size) return new CelError(`index ${String(index)} out of range`);
    const argument = args.get(index++);
    if ("problem" in part) return new CelError(part.problem);
    if (isError(argument)) return argument;
    const formatted = formatClause(part, argument);
    if (formatted instanceof CelError) return new CelError(`error during formatting: ${formatted.message}`);
    result += formatted;
  }
  return result;
}

function formatClause(
  clause: Exclude<Clause, { readonly problem: string }>,
  value: CelValue,
): string | CelError {
  switch (clause.verb) {
    case "s":
      return formatAny(value);
    case "d":
      return isWhole(value) ? formatAny(value) : wrong(clause.verb, value);
    case "f":
    case "e":
      return formatNumber(clause.verb, value, clause.precision);
    case "b":
      if (typeof value === "boolean") return value ? "1" : "0";
      return inBase(2, clause.verb, value);
    case "o":
      return inBase(8, clause.verb, value);
    case "x": {
      const text = formatHex(value);
      return clause.isUpper && typeof text === "string" ? text.toUpperCase() : text;
    }
  }
}

function formatHex(value: CelValue): string | CelError {
  if (typeof value === "string") return Buffer.from(value).toString("hex");
  return value instanceof Uint8Array ? Buffer.from(value).toString("hex") : inBase(16, "x", value);
}

function inBase(base: number, verb: Verb, value: CelValue): string | CelError {
  if (typeof value === "bigint") return value.toString(base);
  return value instanceof Uint ? value.value.toString(base) : wrong(verb, value);
}

function isWhole(value: CelValue): boolean {
  return typeof value === "bigint" || value instanceof Uint;
}

function formatNumber(verb: "f" | "e", value: CelValue, precision: number): string | CelError {
  const special = typeof value === "string" && /^(?:NaN|-?Infinity)$/.test(value) ? Number(value) : undefined;
  const number = typeof value === "number" ? value : special;
  if (number === undefined) return wrong(verb, value);
  if (Number.isNaN(number)) return "NaN";
  if (!Number.isFinite(number)) return number > 0 ? "∞" : "-∞";
  if (verb === "f") return withSeparators(toFixed(number, precision));
  const [mantissa = "", exponent = ""] = number.toExponential(precision).split("e");
  const digits = exponent.replace(/^[+-]/, "").padStart(2, "0");
  const power = characters((exponent.startsWith("-") ? "-" : "") + digits).map(
    (each) => SUPERSCRIPTS[each] ?? each,
  );
  return `${mantissa}\u00d710${power.join("")}`;
}

/** As Go rounds: what is half way goes to the even digit. */
function toFixed(number: number, precision: number): string {
  if (Math.abs(number) >= 1e21)
    return `${String(BigInt(number))}${precision > 0 ? `.${"0".repeat(precision)}` : ""}`;
  const exact = number.toFixed(Math.min(precision + 25, 100));
  const [, kept = "", half] = new RegExp(`^(.*\\.[0-9]{${String(precision)}})(50*)$`).exec(exact) ?? [];
  const isEven = half !== undefined && /[02468]\.?$/.test(kept);
  return isEven ? kept.replace(/\.$/, "") : number.toFixed(precision);
}

const SUPERSCRIPTS: Readonly<Record<string, string>> = {
  "-": "\u207b",
  "0": "\u2070",
  "1": "\u00b9",
  "2": "\u00b2",
  "3": "\u00b3",
  "4": "\u2074",
  "5": "\u2075",
  "6": "\u2076",
  "7": "\u2077",
  "8": "\u2078",
  "9": "\u2079",
};

function withSeparators(text: string): string {
  const [whole = "", fraction] = text.split(".");
  const grouped = whole.replace(/\B(?=(?:\d{3})+$)/g, ",");
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}

function formatAny(value: CelValue): string | CelError {
  if (value === null) return "null";
  if (isList(value)) return formatEach("[", "]", value);
  if (isMap(value)) return formatMap(value);
  const text = toText(value);
  return typeof text === "string" ? text : wrong("s", value);
}

function formatEach(open: string, close: string, values: Iterable<Result>): string | CelError {
  const texts: string[] = [];
  for (const each of values) {
    const text = isError(each) ? each : formatInside(each);
    if (text instanceof CelError) return text;
    texts.push(text);
  }
  return open + texts.join(", ") + close;
}

function formatMap(map: CelMap): string | CelError {
  const texts: string[] = [];
  for (const key of map.keys()) {
    const value = map.find(key) ?? new CelError("no such key");
    const [name, text] = [formatInside(key), isError(value) ? value : formatInside(value)];
    if (name instanceof CelError) return name;
    if (text instanceof CelError) return text;
    texts.push(`${name}:${text}`);
  }
  return `{${texts.toSorted().join(", ")}}`;
}

/** As values stand in lists and maps: texts are quoted there. */
function formatInside(value: CelValue): string | CelError {
  if (typeof value === "string") return quote(value);
  if (typeof value === "number") {
    const text = Number.isFinite(value)
      ? value.toFixed(DEFAULT_PRECISION)
      : String(value).replace("Infinity", "Inf");
    return Number.isFinite(value) ? text : quote(text.replace(/^Inf$/, "+Inf"));
  }
  const text = formatAny(value);
  if (text instanceof CelError) return new CelError(`no formatting function for ${runtimeType(value).name}`);
  if (value instanceof Uint8Array) return `b${quote(text)}`;
  if (value instanceof CelTimestamp) return `timestamp(${quote(text)})`;
  return value instanceof CelDuration ? `duration(${quote(text)})` : text;
}

function wrong(verb: Verb, value: CelValue): CelError {
  const name = value instanceof CelTypeValue ? "type" : runtimeType(value).name;
  return new CelError(`${CLAUSE_PROBLEMS[verb]}, was given ${name}`);
}
