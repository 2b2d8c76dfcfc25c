/** Macros that give a value a name: of optional values, `sortBy`, and `cel.bind`. */
import { OPERATORS } from "./expression.ts";
import { mapLoop } from "./loop-macros.ts";
import { argument, defineMacro, type Macro } from "./macro.ts";

/** cel-go cel/library.go `optMap` and `optFlatMap`. */
export const optionalMacros: readonly Macro[] = (["optMap", "optFlatMap"] as const).map((name) =>
  defineMacro(name, 2, (target, args, builder) => {
    const variable = argument(args, 0);
    if (variable.kind !== "identifier") {
      return builder.issueAt(variable, `${name}() variable name must be a simple identifier`);
    }
    const value = builder.method("value", builder.copy(target));
    const computed = builder.bind(variable.name, value, argument(args, 1));
    return builder.call(
      OPERATORS.conditional,
      builder.method("hasValue", target),
      name === "optMap" ? builder.call("optional.of", computed) : computed,
      builder.call("optional.none"),
    );
  }),
);

const SORT_INPUT = "@__sortBy_input__";

/** cel-go ext/lists.go `sortBy`. */
export const sortByMacro: Macro = defineMacro("sortBy", 2, (target, args, builder) => {
  if (target.kind === "literal" || target.kind === "map" || target.kind === "struct") {
    return builder.issueAt(
      target,
      "sortBy can only be applied to a list, identifier, comprehension, call or select expression",
    );
  }
  const keys = mapLoop(builder.identifier(SORT_INPUT), args, builder);
  if ("message" in keys) return keys;
  const sorted = builder.method("@sortByAssociatedKeys", builder.identifier(SORT_INPUT), keys);
  return builder.bind(SORT_INPUT, target, sorted);
});

/** cel-go ext/bindings.go: `cel.bind(name, value, expression)`. */
export const bindMacro: Macro = defineMacro("bind", 3, (target, args, builder) => {
  if (target.kind !== "identifier" || target.name !== "cel") return undefined;
  const variable = argument(args, 0);
  return variable.kind === "identifier"
    ? builder.bind(variable.name, argument(args, 1), argument(args, 2))
    : builder.issueAt(variable, "cel.bind() variable names must be simple identifiers");
});
