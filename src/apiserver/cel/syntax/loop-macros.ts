/** Macros that loop (cel-go parser/macro.go and ext/comprehensions.go), with one variable or two. */
import type { Comprehension, Expression } from "./expression.ts";
import { OPERATORS } from "./expression.ts";
import type { MacroBuilder } from "./expression-builder.ts";
import type { Issue } from "./issue.ts";
import { argument, defineMacro, type Macro, variableIn } from "./macro.ts";

type Variables = Pick<Comprehension, "variable" | "variable2">;
type Loop = Omit<Comprehension, "kind" | "id" | "accumulator" | "range" | "variable" | "variable2">;

/** What a macro does with the arguments behind its variables. */
type Body = (
  args: readonly Expression[],
  builder: MacroBuilder,
  variables: Variables,
) => Omit<Loop, "result"> & { readonly result?: Expression };

const INSERT = "cel.@mapInsert";

const all: Body = ([predicate], builder) => ({
  initial: builder.literal(true),
  condition: builder.call(OPERATORS.notStrictlyFalse, builder.accumulator()),
  step: builder.call(OPERATORS.and, builder.accumulator(), ...presentOf(predicate)),
});

const exists: Body = ([predicate], builder) => ({
  initial: builder.literal(false),
  condition: builder.call(OPERATORS.notStrictlyFalse, builder.call(OPERATORS.not, builder.accumulator())),
  step: builder.call(OPERATORS.or, builder.accumulator(), ...presentOf(predicate)),
});

const existsOne: Body = (args, builder) => ({
  initial: builder.literal(0n),
  condition: builder.literal(true),
  step: builder.call(
    OPERATORS.conditional,
    argument(args, 0),
    builder.call(OPERATORS.add, builder.accumulator(), builder.literal(1n)),
    builder.accumulator(),
  ),
  result: builder.call(OPERATORS.equals, builder.accumulator(), builder.literal(1n)),
});

/** The last argument for each element, if there is no argument before it that says no. */
const map: Body = (args, builder) =>
  gather(args, builder, builder.list(), (value) =>
    builder.call(OPERATORS.add, builder.accumulator(), builder.list(value)),
  );

const filter: Body = ([predicate], builder, { variable }) =>
  gather([...presentOf(predicate), builder.identifier(variable)], builder, builder.list(), (value) =>
    builder.call(OPERATORS.add, builder.accumulator(), builder.list(value)),
  );

const transformMap: Body = (args, builder, { variable }) =>
  gather(args, builder, builder.emptyMap(), (value) =>
    builder.call(INSERT, builder.accumulator(), builder.identifier(variable), value),
  );

const transformMapEntry: Body = (args, builder) =>
  gather(args, builder, builder.emptyMap(), (value) => builder.call(INSERT, builder.accumulator(), value));

/** The macro `map` of two or three arguments, applied to an expression. */
export function mapLoop(
  range: Expression,
  args: readonly Expression[],
  builder: MacroBuilder,
): Expression | Issue {
  return loop(1, "argument is not an identifier", map)(range, args, builder);
}

const has: Macro = {
  name: "has",
  arity: 1,
  isMethod: false,
  expand: ({ args }, builder) => {
    const field = argument(args, 0);
    return field.kind === "select"
      ? builder.test(field.operand, field.field)
      : builder.issueAt(field, "invalid argument to has() macro");
  },
};

const SIMPLE_NAME = "argument must be a simple name";
const IDENTIFIER = "argument is not an identifier";

export const standardMacros: readonly Macro[] = [
  has,
  defineMacro("all", 2, loop(1, SIMPLE_NAME, all)),
  defineMacro("exists", 2, loop(1, SIMPLE_NAME, exists)),
  defineMacro("exists_one", 2, loop(1, SIMPLE_NAME, existsOne)),
  defineMacro("existsOne", 2, loop(1, SIMPLE_NAME, existsOne)),
  defineMacro("map", 2, loop(1, IDENTIFIER, map)),
  defineMacro("map", 3, loop(1, IDENTIFIER, map)),
  defineMacro("filter", 2, loop(1, IDENTIFIER, filter)),
];

export const twoVariableMacros: readonly Macro[] = [
  defineMacro("all", 3, loop(2, SIMPLE_NAME, all)),
  defineMacro("exists", 3, loop(2, SIMPLE_NAME, exists)),
  defineMacro("existsOne", 3, loop(2, SIMPLE_NAME, existsOne)),
  defineMacro("exists_one", 3, loop(2, SIMPLE_NAME, existsOne)),
  ...[3, 4].flatMap((arity) => [
    defineMacro("transformList", arity, loop(2, SIMPLE_NAME, map)),
    defineMacro("transformMap", arity, loop(2, SIMPLE_NAME, transformMap)),
    defineMacro("transformMapEntry", arity, loop(2, SIMPLE_NAME, transformMapEntry)),
  ]),
];

function loop(count: 1 | 2, problem: string, body: Body) {
  return (range: Expression, args: readonly Expression[], builder: MacroBuilder): Expression | Issue => {
    const variables = variablesOf(args.slice(0, count), builder, problem);
    if ("message" in variables) return variables;
    const parts = body(args.slice(count), builder, variables);
    return builder.loop({ range, ...variables, result: builder.accumulator(), ...parts });
  };
}

function variablesOf(args: readonly Expression[], builder: MacroBuilder, problem: string): Variables | Issue {
  const [variable, variable2] = args.map((each) => variableIn(each, builder, problem));
  if (variable === undefined || typeof variable === "object")
    return variable ?? { offset: -1, message: problem };
  if (variable2 === undefined) return { variable };
  if (typeof variable2 === "object") return variable2;
  return variable === variable2
    ? builder.issueAt(argument(args, 1), `duplicate variable name: ${variable}`)
    : { variable, variable2 };
}

function gather(
  args: readonly Expression[],
  builder: MacroBuilder,
  initial: Expression,
  add: (value: Expression) => Expression,
): ReturnType<Body> {
  const value = argument(args, args.length - 1);
  const step = add(value);
  const [predicate] = args.slice(0, -1);
  return {
    initial,
    condition: builder.literal(true),
    step:
      predicate === undefined
        ? step
        : builder.call(OPERATORS.conditional, predicate, step, builder.accumulator()),
  };
}

function presentOf<T>(value: T | undefined): readonly T[] {
  return value === undefined ? [] : [value];
}
