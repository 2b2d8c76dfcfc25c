import type { Expression } from "../syntax/expression.ts";
import type { ParsedExpression } from "../syntax/parse-expression.ts";
import type { Overload } from "../types/function.ts";
import { type CelType, DYN } from "../types/type.ts";

/** An expression whose parts have types. Names with dots in them are identifiers then, and functions are found. */
export class CheckedExpression {
  readonly text: string;
  readonly expression: Expression;
  readonly offsets: readonly number[];
  readonly #types: ReadonlyMap<number, CelType>;
  readonly #overloads: ReadonlyMap<number, readonly Overload[]>;
  /** What identifiers mean that are names of types. */
  readonly #typeNames: ReadonlyMap<number, CelType>;
  readonly variables: ReadonlySet<string>;

  constructor(
    parsed: ParsedExpression,
    found: {
      readonly types: ReadonlyMap<number, CelType>;
      readonly overloads: ReadonlyMap<number, readonly Overload[]>;
      readonly typeNames: ReadonlyMap<number, CelType>;
      /** The declared variables that it names. */
      readonly variables: ReadonlySet<string>;
    },
  ) {
    this.text = parsed.text;
    this.expression = parsed.expression;
    this.offsets = parsed.offsets;
    this.#types = found.types;
    this.#overloads = found.overloads;
    this.#typeNames = found.typeNames;
    this.variables = found.variables;
  }

  get type(): CelType {
    return this.typeOf(this.expression);
  }

  typeOf({ id }: { readonly id: number }): CelType {
    return this.#types.get(id) ?? DYN;
  }

  /** The overloads that a call may mean, by the types of its arguments. */
  overloadsOf({ id }: { readonly id: number }): readonly Overload[] {
    return this.#overloads.get(id) ?? [];
  }

  typeNamedBy({ id }: { readonly id: number }): CelType | undefined {
    return this.#typeNames.get(id);
  }
}
