import type { Uint } from "../values/uint.ts";

/** What can be written down as it is. */
export type LiteralValue = null | boolean | bigint | Uint | number | string | Uint8Array;

/**
 * A parsed expression, in the form that cel-go gives it (`common/ast`): macros are expanded, operators are calls of
 * functions with names such as `_+_`. Costs are defined on this form. Each part has an id of its own.
 */
export type Expression =
  | Literal
  | Identifier
  | Select
  | Call
  | ListExpression
  | MapExpression
  | StructExpression
  | Comprehension;

export interface Literal {
  readonly kind: "literal";
  readonly id: number;
  readonly value: LiteralValue;
}

export interface Identifier {
  readonly kind: "identifier";
  readonly id: number;
  readonly name: string;
}

export interface Select {
  readonly kind: "select";
  readonly id: number;
  readonly operand: Expression;
  readonly field: string;
  /** Whether it only asks if there is such a field: `has(a.b)`. */
  readonly isTest: boolean;
}

export interface Call {
  readonly kind: "call";
  readonly id: number;
  readonly function: string;
  /** What a method is called on. */
  readonly target?: Expression;
  readonly args: readonly Expression[];
}

export interface ListExpression {
  readonly kind: "list";
  readonly id: number;
  readonly elements: readonly Expression[];
  /** The elements that are left out when they have no value: `[?a]`. */
  readonly optionals: ReadonlySet<number>;
}

export interface Entry {
  readonly id: number;
  readonly key: Expression;
  readonly value: Expression;
  readonly isOptional: boolean;
}

export interface MapExpression {
  readonly kind: "map";
  readonly id: number;
  readonly entries: readonly Entry[];
}

export interface StructField {
  readonly id: number;
  readonly name: string;
  readonly value: Expression;
  readonly isOptional: boolean;
}

export interface StructExpression {
  readonly kind: "struct";
  readonly id: number;
  readonly type: string;
  readonly fields: readonly StructField[];
}

/** A loop over a list or map: what all macros become. */
export interface Comprehension {
  readonly kind: "comprehension";
  readonly id: number;
  readonly range: Expression;
  readonly variable: string;
  /** For two variables: `variable` is the index or key, this one the element or value. */
  readonly variable2?: string;
  readonly accumulator: string;
  readonly initial: Expression;
  readonly condition: Expression;
  readonly step: Expression;
  readonly result: Expression;
}

/** The operators, by the names of their functions. */
export const OPERATORS = {
  conditional: "_?_:_",
  and: "_&&_",
  or: "_||_",
  not: "!_",
  equals: "_==_",
  notEquals: "_!=_",
  less: "_<_",
  lessEquals: "_<=_",
  greater: "_>_",
  greaterEquals: "_>=_",
  add: "_+_",
  subtract: "_-_",
  multiply: "_*_",
  divide: "_/_",
  modulo: "_%_",
  negate: "-_",
  index: "_[_]",
  optionalIndex: "_[?_]",
  optionalSelect: "_?._",
  in: "@in",
  notStrictlyFalse: "@not_strictly_false",
} as const;

/** The expressions directly inside one, in the order in which they are written. */
export function partsOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case "literal":
    case "identifier":
      return [];
    case "select":
      return [expression.operand];
    case "call":
      return expression.target === undefined ? expression.args : [expression.target, ...expression.args];
    case "list":
      return expression.elements;
    case "map":
      return expression.entries.flatMap(({ key, value }) => [key, value]);
    case "struct":
      return expression.fields.map(({ value }) => value);
    case "comprehension": {
      const { range, initial, condition, step, result } = expression;
      return [range, initial, condition, step, result];
    }
  }
}

/** An expression and all that is inside it, each before its parts. */
export function walk(expression: Expression, visit: (each: Expression) => void): void {
  visit(expression);
  for (const part of partsOf(expression)) walk(part, visit);
}
