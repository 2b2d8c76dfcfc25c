import { type CelFunc, CelScalar, type CelValue, celFunc, celMethod, listType, run } from "@bufbuild/cel";

const { DYN, BOOL, INT } = CelScalar;
const LIST = listType(DYN);

/** `k8s.io/apiserver/pkg/cel/library` lists and sets. */
export const listLibrary: readonly CelFunc[] = [
  celMethod("isSorted", LIST, [], BOOL, function () {
    const items = [...this];
    return items.every((item, index) => index === 0 || compare(items[index - 1] ?? null, item) <= 0);
  }),
  celMethod("sum", LIST, [], DYN, function () {
    const items = [...this];
    if (items.every((item) => typeof item === "bigint")) return items.reduce((sum, item) => sum + item, 0n);
    if (items.every((item) => typeof item === "number")) return items.reduce((sum, item) => sum + item, 0);
    throw new Error("no such overload");
  }),
  celMethod("min", LIST, [], DYN, function () {
    return extreme([...this], "min", (order) => order < 0);
  }),
  celMethod("max", LIST, [], DYN, function () {
    return extreme([...this], "max", (order) => order > 0);
  }),
  celMethod("indexOf", LIST, [DYN], INT, function (value) {
    return BigInt([...this].findIndex((item) => equals(item, value)));
  }),
  celMethod("lastIndexOf", LIST, [DYN], INT, function (value) {
    return BigInt([...this].findLastIndex((item) => equals(item, value)));
  }),
  celFunc("sets.contains", [LIST, LIST], BOOL, (list, sub) => containsAll([...list], [...sub])),
  celFunc(
    "sets.equivalent",
    [LIST, LIST],
    BOOL,
    (a, b) => containsAll([...a], [...b]) && containsAll([...b], [...a]),
  ),
  celFunc("sets.intersects", [LIST, LIST], BOOL, (a, b) => {
    const others = [...b];
    return [...a].some((item) => others.some((each) => equals(item, each)));
  }),
];

function containsAll(list: readonly CelValue[], sub: readonly CelValue[]): boolean {
  return sub.every((item) => list.some((each) => equals(item, each)));
}

/** CEL's own equality, which knows all types. */
function equals(a: CelValue, b: CelValue): boolean {
  if (typeof a !== "object" || typeof b !== "object") return a === b;
  return run("a == b", { a, b }) === true;
}

function compare(a: CelValue, b: CelValue): number {
  if (
    typeof a === typeof b &&
    (typeof a === "string" || typeof a === "number" || typeof a === "bigint" || typeof a === "boolean")
  ) {
    return a < (b as typeof a) ? -1 : Number(a > (b as typeof a));
  }
  if (run("a < b", { a, b }) === true) return -1;
  return run("a == b", { a, b }) === true ? 0 : 1;
}

function extreme(items: readonly CelValue[], name: string, isBetter: (order: number) => boolean): CelValue {
  const [first, ...rest] = items;
  if (first === undefined) throw new Error(`${name} called on empty list`);
  return rest.reduce((best, item) => (isBetter(compare(item, best)) ? item : best), first);
}
