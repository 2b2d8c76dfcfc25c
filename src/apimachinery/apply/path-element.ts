import { parseExactJson, parseFiniteJson } from "../exact-json.ts";
import { goJson, quote } from "../go-text.ts";
import { isJsonObject, type JsonObject } from "../json-value.ts";

/**
 * One step of a path into an object, in the text form of FieldsV1: `f:name` is a field or a key of a map,
 * `k:{"name":"a"}` the element of a list that has these key fields, `v:"a"` the element of a set that is this
 * value, `i:0` an index. Texts are canonical, so that equal steps are equal texts.
 */
export type PathElement = string;

export function fieldElement(name: string): PathElement {
  return `f:${name}`;
}

/** The name in the step to a field; undefined for other steps. */
export function fieldName(element: PathElement): string | undefined {
  return element.startsWith("f:") ? element.slice(2) : undefined;
}

export function indexElement(index: number): PathElement {
  return `i:${String(index)}`;
}

const INTEGER = /^[+-]?\d+$/;

/** Texts that need no escapes. */
const PLAIN = /^[\w./:@ -]*$/;

/** The key fields of an element, in any order. */
export function keyElement(fields: JsonObject): PathElement {
  return `k:{${Object.keys(fields)
    .toSorted()
    .map((name) => `${goJson(name)}:${scalarJson(fields[name])}`)
    .join(",")}}`;
}

export function valueElement(value: unknown): PathElement {
  return `v:${scalarJson(value)}`;
}

export function scalarJson(value: unknown): string {
  return typeof value === "string" && PLAIN.test(value) ? `"${value}"` : goJson(value);
}

/** The canonical form of a step in FieldsV1; undefined for a kind of step that is not known. Throws a SyntaxError. */
export function parsePathElement(text: string): PathElement | undefined {
  switch (text.slice(0, 2)) {
    case "f:":
      return text;
    case "i:":
      return parseIndex(text.slice(2));
    case "v:":
      return valueElement(parseFiniteJson(text.slice(2)));
    case "k:": {
      const fields: unknown = parseFiniteJson(text.slice(2));
      if (!isJsonObject(fields)) throw new SyntaxError(`parsing key as path element: ${text}`);
      return keyElement(fields);
    }
    default:
      if (text.charAt(1) !== ":") throw new SyntaxError(`missing colon: ${text}`);
      return undefined;
  }
}

/** An index as Go's `strconv.Atoi` reads it. */
function parseIndex(text: string): PathElement {
  const index = INTEGER.test(text) ? BigInt(text.replace("+", "")) : undefined;
  if (index !== undefined && index === BigInt.asIntN(64, index)) return `i:${String(index)}`;
  const problem = index === undefined ? "invalid syntax" : "value out of range";
  throw new SyntaxError(`strconv.Atoi: parsing ${quote(text)}: ${problem}`);
}

/** How conflicts and validation errors write a step: `.name`, `[name="a"]`, `[="a"]`, `[0]`. */
export function formatPathElement(element: PathElement): string {
  const text = element.slice(2);
  switch (element.charAt(0)) {
    case "f":
      return `.${text}`;
    case "k":
      return `[${formatFields(parseExactJson(text) as JsonObject).join(",")}]`;
    case "v":
      return `[=${formatValue(parseExactJson(text))}]`;
    default:
      return `[${text}]`;
  }
}

export function formatPath(path: readonly PathElement[]): string {
  return path.map(formatPathElement).join("");
}

/** Only what is no key at all, in a configuration that is going to be refused, is anything but a scalar. */
function formatValue(value: unknown): string {
  if (typeof value === "string") return quote(value);
  if (Array.isArray(value)) return `[${value.map(formatValue).join(",")}]`;
  return isJsonObject(value) ? formatFields(value).join("") : goJson(value);
}

function formatFields(fields: JsonObject): readonly string[] {
  return Object.entries(fields).map(([name, value]) => `${name}=${formatValue(value)}`);
}

const KINDS = "fkvi";

/** The order in which sets of fields are written: fields, keys, values, indices, and then by content. */
export function comparePathElements(a: PathElement, b: PathElement): number {
  const kind = a.charAt(0);
  if (kind !== b.charAt(0)) return KINDS.indexOf(kind) - KINDS.indexOf(b.charAt(0));
  if (kind === "f") return compareText(a, b);
  if (kind === "i") return Number(a.slice(2)) - Number(b.slice(2));
  const [left, right] = [parseExactJson(a.slice(2)), parseExactJson(b.slice(2))] as [unknown, unknown];
  return kind === "v" ? compareScalars(left, right) : compareKeys(left as JsonObject, right as JsonObject);
}

function compareKeys(a: JsonObject, b: JsonObject): number {
  const [left, right] = [Object.entries(a), Object.entries(b)];
  for (const [index, [name, value]] of left.entries()) {
    const other = right[index];
    if (other === undefined) return 1;
    const order = compareText(name, other[0]) || compareScalars(value, other[1]);
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

const SCALAR_KINDS = ["number", "string", "boolean"];

function compareScalars(a: unknown, b: unknown): number {
  const [kind, other] = [scalarKind(a), scalarKind(b)];
  if (kind !== other) return SCALAR_KINDS.indexOf(kind) - SCALAR_KINDS.indexOf(other);
  if (kind === "number") return (a as number) < (b as number) ? -1 : Number((a as number) > (b as number));
  return compareText(String(a), String(b));
}

function scalarKind(value: unknown): string {
  return typeof value === "bigint" ? "number" : typeof value;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
