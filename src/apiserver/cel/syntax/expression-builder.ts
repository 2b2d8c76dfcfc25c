import type { Call, Comprehension, Expression, LiteralValue } from "./expression.ts";
import { ExpressionError, type Issue } from "./issue.ts";

/** Where the results of loops gather; no expression can name it. */
export const ACCUMULATOR = "@result";

/** Macros that copy what they are applied to could make an expression grow without end. */
const MAX_NODES = 50_000;

/** Makes expressions with ids, and keeps where each was written. */
export class ExpressionBuilder {
  readonly #text: string;
  readonly #offsets: number[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  /** Where an expression is, by its id. */
  get offsets(): readonly number[] {
    return this.#offsets;
  }

  offsetOf(id: number): number {
    return this.#offsets[id] ?? -1;
  }

  id(offset: number): number {
    if (this.#offsets.length >= MAX_NODES) {
      const issue = { offset: -1, message: "expression is too large" };
      throw new ExpressionError(this.#text, [issue], MAX_NODES);
    }
    return this.#offsets.push(offset) - 1;
  }
}

/** A part of what a macro is replaced by: all that it makes is where the macro is. */
export class MacroBuilder {
  readonly #builder: ExpressionBuilder;
  readonly #offset: number;

  constructor(builder: ExpressionBuilder, offset: number) {
    this.#builder = builder;
    this.#offset = offset;
  }

  literal(value: LiteralValue): Expression {
    return { kind: "literal", id: this.#id(), value };
  }

  identifier(name: string): Expression {
    return { kind: "identifier", id: this.#id(), name };
  }

  accumulator(): Expression {
    return this.identifier(ACCUMULATOR);
  }

  call(name: string, ...args: readonly Expression[]): Expression {
    return { kind: "call", id: this.#id(), function: name, args };
  }

  method(name: string, target: Expression, ...args: readonly Expression[]): Call {
    return { kind: "call", id: this.#id(), function: name, target, args };
  }

  list(...elements: readonly Expression[]): Expression {
    return { kind: "list", id: this.#id(), elements, optionals: new Set() };
  }

  emptyMap(): Expression {
    return { kind: "map", id: this.#id(), entries: [] };
  }

  test(operand: Expression, field: string): Expression {
    return { kind: "select", id: this.#id(), operand, field, isTest: true };
  }

  loop(
    parts: Omit<Comprehension, "kind" | "id" | "accumulator"> & { readonly accumulator?: string },
  ): Expression {
    return { kind: "comprehension", id: this.#id(), accumulator: ACCUMULATOR, ...parts };
  }

  /** A name for a value inside an expression: a loop that never runs. */
  bind(name: string, value: Expression, result: Expression): Expression {
    return this.loop({
      range: this.list(),
      variable: "#unused",
      accumulator: name,
      initial: value,
      condition: this.literal(false),
      step: this.identifier(name),
      result,
    });
  }

  /** The same expression once more; each part of an expression has its own id. */
  copy(expression: Expression): Expression {
    const id = this.#builder.id(this.#builder.offsetOf(expression.id));
    switch (expression.kind) {
      case "literal":
      case "identifier":
        return { ...expression, id };
      case "select":
        return { ...expression, id, operand: this.copy(expression.operand) };
      case "call": {
        const { target, args } = expression;
        const copied = { ...expression, id, args: args.map((each) => this.copy(each)) };
        return target === undefined ? copied : { ...copied, target: this.copy(target) };
      }
      case "list":
        return { ...expression, id, elements: expression.elements.map((each) => this.copy(each)) };
      case "map":
        return {
          ...expression,
          id,
          entries: expression.entries.map((entry) => ({
            ...entry,
            id: this.#id(),
            key: this.copy(entry.key),
            value: this.copy(entry.value),
          })),
        };
      case "struct":
        return {
          ...expression,
          id,
          fields: expression.fields.map((each) => ({
            ...each,
            id: this.#id(),
            value: this.copy(each.value),
          })),
        };
      case "comprehension":
        return {
          ...expression,
          id,
          range: this.copy(expression.range),
          initial: this.copy(expression.initial),
          condition: this.copy(expression.condition),
          step: this.copy(expression.step),
          result: this.copy(expression.result),
        };
    }
  }

  issueAt({ id }: Expression, message: string): Issue {
    return { offset: this.#builder.offsetOf(id), message };
  }

  #id(): number {
    return this.#builder.id(this.#offset);
  }
}
