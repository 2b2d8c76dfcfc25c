/**
 * Variables and values with the fields, keys and indices that are selected from them. They are computed in one go and
 * cost what they cost in cel-go: one for each step and one for the whole (interpreter/attributes.go, runtimecost.go).
 */
import {
  CelError,
  CelOptional,
  type CelValue,
  isError,
  NO_SUCH_OVERLOAD,
  NONE,
  type Result,
} from "../values/value.ts";
import type { Evaluate, Frame } from "./frame.ts";
import { lookUp, select } from "./select.ts";

export type Attribute =
  | { readonly kind: "path"; readonly base: Evaluate; readonly steps: readonly Step[] }
  | {
      readonly kind: "conditional";
      readonly condition: Evaluate;
      readonly whenTrue: Attribute;
      readonly whenFalse: Attribute;
    };

/** One field, key or index on the way. */
export interface Step {
  readonly key: (frame: Frame) => Result;
  /** Whether nothing is selected from nothing: `a.?b`. */
  readonly isOptional: boolean;
  /** Whether only the presence matters: `has(a.b)`. */
  readonly isTest: boolean;
}

export function pathOf(base: Evaluate): Attribute {
  return { kind: "path", base, steps: [] };
}

export function withStep(attribute: Attribute, step: Step): Attribute {
  if (attribute.kind === "path") return { ...attribute, steps: [...attribute.steps, step] };
  return {
    ...attribute,
    whenTrue: withStep(attribute.whenTrue, step),
    whenFalse: withStep(attribute.whenFalse, step),
  };
}

/** Computes an attribute, without what the whole costs. */
export function resolver(attribute: Attribute): Evaluate {
  if (attribute.kind === "conditional") {
    const { condition } = attribute;
    const [whenTrue, whenFalse] = [resolver(attribute.whenTrue), resolver(attribute.whenFalse)];
    return (frame) => {
      const chosen = condition(frame);
      if (chosen === true) return whenTrue(frame);
      if (chosen === false) return whenFalse(frame);
      return isError(chosen) ? chosen : NO_SUCH_OVERLOAD;
    };
  }
  const { base, steps } = attribute;
  return steps.length === 0 ? base : (frame) => walk(base(frame), steps, frame);
}

function walk(base: Result, steps: readonly Step[], frame: Frame): Result {
  if (isError(base)) return base;
  let isOptional = base instanceof CelOptional;
  const start = base instanceof CelOptional ? base.value : base;
  if (start === undefined) return NONE;
  let value: CelValue = start;
  for (const step of steps) {
    isOptional ||= step.isOptional;
    const next = isOptional ? tryStep(step, value, frame) : takeStep(step, value, frame);
    if (next === undefined) return NONE;
    if (isError(next)) return next;
    value = next;
  }
  return isOptional ? new CelOptional(value) : value;
}

function takeStep({ key, isTest }: Step, value: CelValue, frame: Frame): Result {
  const at = key(frame);
  const found = isError(at) ? at : isTest ? lookUp(value, at) : select(value, at);
  frame.spend(1);
  if (!isTest) return found ?? null;
  return found instanceof CelError ? found : found !== undefined;
}

/** Costs nothing where there is nothing. */
function tryStep({ key }: Step, value: CelValue, frame: Frame): Result | undefined {
  const at = key(frame);
  const found = isError(at) ? at : lookUp(value, at);
  if (found !== undefined && !isError(found)) frame.spend(1);
  return found;
}
