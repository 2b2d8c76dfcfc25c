/** Operators that do not compute all of their operands, or not when they run. */
import { equal } from "../values/equality.ts";
import { isList } from "../values/list.ts";
import { CelOptional, type CelValue, isError, NO_SUCH_OVERLOAD, runtimeType } from "../values/value.ts";
import type { Evaluate } from "./frame.ts";
import { type Node, run } from "./node.ts";

/** The first argument that is as `decisive`; errors count only when there is none. */
export function logic(left: Evaluate, right: Evaluate, decisive: boolean): Evaluate {
  return (frame) => {
    const first = left(frame);
    if (first === decisive) return first;
    const second = right(frame);
    if (second === decisive) return second;
    const wrong = typeof first === "boolean" ? second : first;
    if (typeof wrong === "boolean") return !decisive;
    return isError(wrong) ? wrong : NO_SUCH_OVERLOAD;
  };
}

/** What `or` and `orValue` give; what is not needed is not computed. */
export function firstPresent(left: Evaluate, right: Evaluate, unwraps: boolean): Evaluate {
  return (frame) => {
    const first = left(frame);
    if (!(first instanceof CelOptional)) return first;
    if (first.value === undefined) return right(frame);
    return unwraps ? first.value : first;
  };
}

/** Whether a value is in a constant list of scalars: that costs nothing. */
export function membership([element, list]: readonly Node[]): Node | undefined {
  if (element === undefined || list?.kind !== "constant" || !isList(list.value)) return undefined;
  const values = [...list.value];
  if (!values.every((each) => !isError(each) && isScalar(each))) return undefined;
  if (values.length === 0) return { kind: "constant", value: false };
  const texts = new Set(values.filter((each) => typeof each === "string"));
  const others = values.filter((each) => typeof each !== "string");
  const evaluate = run(element);
  return {
    kind: "other",
    evaluate: (frame) => {
      const value = evaluate(frame);
      if (isError(value)) return value;
      if (typeof value === "string") return texts.has(value);
      return others.some((each) => equal(each, value) === true);
    },
  };
}

export function isScalar(value: CelValue): boolean {
  return ["bool", "double", "int", "string", "uint"].includes(runtimeType(value).kind);
}
