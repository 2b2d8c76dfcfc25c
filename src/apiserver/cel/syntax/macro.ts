import type { Expression } from "./expression.ts";
import { ACCUMULATOR, type MacroBuilder } from "./expression-builder.ts";
import type { Issue } from "./issue.ts";

export interface MacroCall {
  /** What the macro is called on; undefined for those that are called like functions. */
  readonly target: Expression | undefined;
  readonly args: readonly Expression[];
}

/** A call that is replaced by an expression before anything else sees it. */
export interface Macro {
  readonly name: string;
  readonly arity: number;
  readonly isMethod: boolean;
  /** Undefined when the call is an ordinary one after all. */
  expand(call: MacroCall, builder: MacroBuilder): Expression | Issue | undefined;
}

export function defineMacro(
  name: string,
  arity: number,
  expand: (
    target: Expression,
    args: readonly Expression[],
    builder: MacroBuilder,
  ) => Expression | Issue | undefined,
): Macro {
  return {
    name,
    arity,
    isMethod: true,
    expand: ({ target, args }, builder) => (target === undefined ? undefined : expand(target, args, builder)),
  };
}

export function macroKey(name: string, arity: number, isMethod: boolean): string {
  return `${name}:${String(arity)}:${String(isMethod)}`;
}

/** The name that an argument declares, or why it cannot be one. */
export function variableIn(argument: Expression, builder: MacroBuilder, problem: string): string | Issue {
  if (argument.kind !== "identifier") return builder.issueAt(argument, problem);
  const isTaken = argument.name === ACCUMULATOR || argument.name === "__result__";
  return isTaken
    ? builder.issueAt(argument, "iteration variable overwrites accumulator variable")
    : argument.name;
}

/** Arguments of macros are all there: macros are found by their number. */
export function argument(args: readonly Expression[], index: number): Expression {
  const found = args[index];
  if (found === undefined) throw new RangeError(`There is no argument ${String(index)}`);
  return found;
}

export type MacroTable = ReadonlyMap<string, Macro>;

export function macroTable(macros: readonly Macro[]): MacroTable {
  return new Map(macros.map((each) => [macroKey(each.name, each.arity, each.isMethod), each]));
}
