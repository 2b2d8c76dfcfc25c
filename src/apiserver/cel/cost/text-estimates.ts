/** What functions about texts and lists cost, and how large their results are. */
import type { Expression } from "../syntax/expression.ts";
import type { CelType } from "../types/type.ts";
import { bounded, type Estimate, ONE, product, scale, sum, UNKNOWN } from "./estimate.ts";
import { TEXT_FACTOR } from "./runtime-cost.ts";

/** An argument, as far as it is known beforehand. */
export interface Argument {
  readonly expression: Expression;
  readonly type: CelType;
  /** Undefined when nothing is known of it. */
  readonly size: Estimate | undefined;
  /** The size of the elements of a list. */
  readonly elementSize: Estimate;
}

/** Without what the arguments cost. `size` is that of the result, if something is known of it. */
export interface CallEstimate {
  readonly cost: Estimate;
  readonly size?: Estimate | undefined;
}

/** What is known of a call. */
export interface EstimatedCall {
  readonly function: string;
  readonly overload: string;
  readonly target: Argument | undefined;
  readonly args: readonly Argument[];
}

/** Looking at each element of a list, or at each character of a text. */
export function estimateTraversal({ target }: EstimatedCall): CallEstimate | undefined {
  if (target === undefined) return undefined;
  const [element] = target.type.parameters;
  const size = sizeOf(target);
  if (element === undefined) return { cost: scale(size, TEXT_FACTOR) };
  const isText = element.kind === "string" || element.kind === "bytes";
  return { cost: product(size, isText ? sum(ONE, scale(target.elementSize, TEXT_FACTOR)) : ONE) };
}

export function estimateReplace({
  target,
  args: [oldText, newText],
}: EstimatedCall): CallEstimate | undefined {
  if (target === undefined || oldText === undefined || newText === undefined) return undefined;
  const [size, old, by] = [sizeOf(target), sizeOf(oldText), sizeOf(newText)];
  const most = replacements({ size: size.max, old: old.min, fits: by.max <= old.min });
  const least = replacements({ size: size.min, old: old.max, fits: old.max <= by.min });
  const count = { min: least.count, max: most.count };
  const kept = { min: least.kept, max: most.kept };
  return { cost: scale(size, 2 * TEXT_FACTOR), size: sum(product(count, by), kept) };
}

/** How often something is replaced, and how much of the text counts besides. */
function replacements({
  size,
  old,
  fits,
}: {
  readonly size: number;
  readonly old: number;
  readonly fits: boolean;
}) {
  if (old === 0) return { count: bounded(size + 1), kept: size };
  return fits ? { count: 0, kept: size } : { count: Math.ceil(size / old), kept: 0 };
}

export function estimateSplit({ target, args: [, limit] }: EstimatedCall): CallEstimate {
  const size = sizeOf(target);
  const { expression } = limit ?? {};
  const isKnown = expression?.kind === "literal" && typeof expression.value === "bigint";
  const max = isKnown ? Number(BigInt.asUintN(64, expression.value as bigint)) : size.max;
  return { cost: scale(size, 2 * TEXT_FACTOR), size: { min: 0, max } };
}

export function estimateJoin({ target, args: [separator] }: EstimatedCall): CallEstimate | undefined {
  if (target === undefined) return undefined;
  const list = sizeOf(target);
  const between = { min: Math.max(list.min - 1, 0), max: Math.max(list.max - 1, 0) };
  const elements = product(list, target.elementSize);
  const size = separator === undefined ? elements : sum(elements, product(sizeOf(separator), between));
  return sameSize(size);
}

export function sameSize(size: Estimate): CallEstimate {
  return { cost: scale(size, TEXT_FACTOR), size };
}

export function sizeOf(argument: Argument | undefined): Estimate {
  return argument?.size ?? UNKNOWN;
}
