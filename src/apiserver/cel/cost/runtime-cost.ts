/**
 * What calls cost when they run: cel-go interpreter/runtimecost.go and ext/, and Kubernetes' libraries
 * (k8s.io/apiserver pkg/cel/library/cost.go `CallCost`).
 */
import { isList } from "../values/list.ts";
import { isMap } from "../values/map.ts";
import { CelObject, CelOptional, isError, type Result, sizeOf } from "../values/value.ts";

/** What a call costs, by its arguments and what it gives. */
export type CallCost = (args: readonly Result[], result: Result) => number;

/** Reading a text costs this for each character. */
export const TEXT_FACTOR = 0.1;
/** A pattern costs this for each of its characters, times that of the text. */
export const PATTERN_FACTOR = 0.25;
export const LIST_COST = 10;
export const MAP_COST = 30;
export const STRUCT_COST = 40;
/** Asking an authorizer. */
export const AUTHORIZATION_COST = 350_000;

const one: CallCost = () => 1;

/** Costs that depend on the overload, which is not always known. */
const BY_OVERLOAD: Readonly<Record<string, CallCost>> = {
  list_sets_contains_list: product(1),
  list_sets_intersects_list: product(1),
  list_sets_equivalent_list: product(2),
  list_slice: (_, result) => allocation(1, sizeOfResult(result)),
  lists_range: (_, result) => allocation(1, sizeOfResult(result)),
  list_reverse: (_, result) => allocation(1, sizeOfResult(result)),
  list_flatten: ([list]) => allocation(1, sizeOfResult(list)),
  list_flatten_int: ([list, depth]) => allocation(Number(depth), sizeOfResult(list)),
  list_distinct: ([list]) => comparison(list),
};

/** Functions whose cost depends on what they give. */
export const COST_BY_RESULT: ReadonlySet<string> = new Set(["join", "slice", "lists.range", "reverse"]);

/** Costs of Kubernetes' functions, whatever the overload. */
const BY_FUNCTION: Readonly<Record<string, CallCost>> = {
  check: () => AUTHORIZATION_COST,
  ...each(
    "serviceAccount path group resource subresource namespace name allowed reason error errored masked prefixLength family isUnspecified isLoopback isLinkLocalMulticast isLinkLocalUnicast isGlobalUnicast format.named sign asInteger isInteger asApproximateFloat isGreaterThan isLessThan compareTo add sub major minor patch getScheme getHostname getHost getPort getEscapedPath getQuery",
    one,
  ),
  ...each("fieldSelector labelSelector", (args) => selectorCost(sizeOfResult(args[1]))),
  ...each("isSorted sum max min indexOf lastIndexOf", ([list]) => traversal(list)),
  ...each(
    "url lowerAscii upperAscii substring trim jsonpatch.escapeKey cidr isIP isCIDR quantity isQuantity semver isSemver",
    ([text]) => textCost(sizeOfResult(text)),
  ),
  ...each("replace split ip.isCanonical", ([text]) => textCost(sizeOfResult(text) * 2)),
  join: (_, result) => textCost(sizeOfResult(result) * 2),
  ...each("find findAll", ([text, pattern]) => patternCost(sizeOfResult(text), sizeOfResult(pattern))),
  validate: ([format, text]) => patternCost(sizeOfResult(text), patternSizeOf(format)),
};

/** Costs of the standard functions, by their overloads. */
const STANDARD: Readonly<Record<string, CallCost>> = {
  ...each(
    "starts_with_string ends_with_string string_to_bytes bytes_to_string strings_quote string_format",
    ([text]) => textCost(sizeOfResult(text)),
  ),
  in_list: ([, list]) => sizeOfResult(list),
  ...each(
    "less_string greater_string less_equals_string greater_equals_string less_bytes greater_bytes less_equals_bytes greater_equals_bytes equals not_equals",
    ([a, b]) => textCost(Math.min(sizeOfResult(a), sizeOfResult(b))),
  ),
  ...each("add_string add_bytes", ([a, b]) => textCost(sizeOfResult(a) + sizeOfResult(b))),
  matches_string: ([text, pattern]) => patternCost(sizeOfResult(text), sizeOfResult(pattern)),
  contains_string: ([text, part]) => textCost(sizeOfResult(text)) * textCost(sizeOfResult(part)),
};

/** What a call of a function costs; `overload` is empty when only its arguments will tell which one it is. */
export function costOfCall(name: string, overload: string): CallCost {
  const tracked =
    own(BY_OVERLOAD, overload) ??
    (/^list_\w+_sort(?:ByAssociatedKeys)?$/.test(overload) ? sorting : undefined);
  if (tracked !== undefined) return tracked;
  if (name === "ip") return overload === "cidr_ip" ? one : ([text]) => textCost(sizeOfResult(text));
  if (name === "containsIP" || name === "containsCIDR") return networkCost(name, overload);
  const cost = own(BY_FUNCTION, name) ?? own(STANDARD, overload) ?? one;
  if (name !== "_==_") return cost;
  return (args, result) => (args[0] instanceof CelObject ? 1 : cost(args, result));
}

export function textCost(size: number): number {
  return Math.ceil(size * TEXT_FACTOR);
}

export function patternCost(textSize: number, patternSize: number): number {
  return Math.ceil((1 + textSize) * TEXT_FACTOR) * Math.ceil(patternSize * PATTERN_FACTOR);
}

/** The cost of parsing a selector of that length. */
export function selectorCost(size: number): number {
  const requirements = Math.ceil(size * 0.5);
  return LIST_COST + textCost(size) + requirements * (LIST_COST + STRUCT_COST);
}

function networkCost(name: "containsIP" | "containsCIDR", overload: string): CallCost {
  const isText = overload.endsWith("_string");
  return ([cidr, other]) => {
    const size = sizeOfResult(cidr);
    const compared = textCost(size * 2) + (name === "containsCIDR" ? textCost(size) + 1 : 0);
    return compared + (isText ? textCost(sizeOfResult(other)) : 0);
  };
}

const sorting: CallCost = (args) => comparison(args.at(-1));

function comparison(list: Result | undefined): number {
  const size = sizeOfResult(list);
  const first = isList(list) && size > 0 ? list.get(0) : undefined;
  const isText = typeof first === "string" || first instanceof Uint8Array;
  return allocation(isText ? 2 + TEXT_FACTOR : 2, size * size);
}

function allocation(factor: number, size: number): number {
  return Math.trunc(size * factor) + 1 + LIST_COST;
}

function product(factor: number): CallCost {
  return ([a, b]) => 1 + sizeOfResult(a) * sizeOfResult(b) * factor;
}

/** As sizes count for costs: what has none counts once. */
function sizeOfResult(value: Result | undefined): number {
  if (value === undefined || isError(value)) return 1;
  if (value instanceof CelOptional) return value.value === undefined ? 1 : sizeOfResult(value.value);
  return sizeOf(value) ?? 1;
}

function traversal(value: Result | undefined): number {
  if (typeof value === "string") return Math.trunc(Buffer.byteLength(value) * TEXT_FACTOR);
  if (value instanceof Uint8Array) return Math.trunc(value.length * TEXT_FACTOR);
  let sum = 0;
  if (isList(value)) {
    for (const element of value) sum += traversal(element);
    return sum;
  }
  if (!isMap(value)) return 1;
  for (const key of value.keys()) sum += traversal(key) + traversal(value.find(key));
  return sum;
}

function patternSizeOf(format: Result | undefined): number {
  return format instanceof CelObject && "patternSize" in format ? Number(format.patternSize) : 1;
}

function each(names: string, cost: CallCost): Readonly<Record<string, CallCost>> {
  return Object.fromEntries(names.split(" ").map((name) => [name, cost]));
}

function own<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}
