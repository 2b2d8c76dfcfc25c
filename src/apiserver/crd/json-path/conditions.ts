/** What filters ask of each element of a list. */
import { isWhole } from "#apimachinery/exact-json.ts";
import { JsonPathError } from "./json-path-error.ts";
import { follow, type Step } from "./steps.ts";

export type Condition = (element: unknown) => boolean;

type Scalar = boolean | number | bigint | string;

/** Whether there is something at a path. What cannot be followed is there: an index beyond the end, for example. */
export function finds(path: readonly Step[]): Condition {
  return (element) => {
    try {
      return follow(path, element).length > 0;
    } catch (error) {
      if (error instanceof JsonPathError) return true;
      throw error;
    }
  };
}

/** Compares what is at two paths; elements that lack one of them do not pass. */
export function compares(left: readonly Step[], operator: string, right: readonly Step[]): Condition {
  return (element) => {
    const a = theOnly(follow(left, element));
    if (a === undefined) return false;
    const b = theOnly(follow(right, element));
    return b !== undefined && compare(a.value, operator, b.value);
  };
}

function theOnly(found: readonly unknown[]): { readonly value: unknown } | undefined {
  if (found.length > 1) throw new JsonPathError("can only compare one element at a time");
  return found.length === 0 ? undefined : { value: found[0] };
}

function compare(a: unknown, operator: string, b: unknown): boolean {
  switch (operator) {
    case "==":
      return isEqual(a, b);
    case "!=":
      return !isEqual(a, b);
    case "<":
      return isLess(a, b);
    case "<=":
      return isLess(a, b) || isEqual(a, b);
    case ">":
      return !isLess(a, b) && !isEqual(a, b);
    case ">=":
      return !isLess(a, b);
    default:
      throw new JsonPathError(`unrecognized filter operator ${operator}`);
  }
}

function isEqual(a: unknown, b: unknown): boolean {
  checkComparable(a, b);
  return a === b;
}

function isLess(a: unknown, b: unknown): boolean {
  checkComparable(a, b);
  if (typeof a === "boolean") throw new JsonPathError("invalid type for comparison");
  return (a as Scalar) < (b as Scalar);
}

/** Only scalars of one kind can be compared, and whole numbers are another kind than others. */
function checkComparable(a: unknown, b: unknown): void {
  const kind = kindOf(a);
  if (kind !== kindOf(b)) throw new JsonPathError("incompatible types for comparison");
}

function kindOf(value: unknown): string {
  if (typeof value === "boolean" || typeof value === "string") return typeof value;
  if (isWhole(value)) return "integer";
  if (typeof value === "number") return "number";
  throw new JsonPathError("invalid type for comparison");
}
