import type { Expression, LiteralValue } from "./expression.ts";
import { ExpressionBuilder, MacroBuilder } from "./expression-builder.ts";
import type { Issue } from "./issue.ts";
import { type MacroTable, macroKey } from "./macro.ts";

/** Makes what a parser has read; calls of macros become what they stand for. */
export class ExpressionMaker {
  readonly #builder: ExpressionBuilder;
  readonly #macros: MacroTable;
  readonly #report: (issue: Issue) => void;

  constructor(text: string, macros: MacroTable, report: (issue: Issue) => void) {
    this.#builder = new ExpressionBuilder(text);
    this.#macros = macros;
    this.#report = report;
  }

  get offsets(): readonly number[] {
    return this.#builder.offsets;
  }

  id(offset: number): number {
    return this.#builder.id(offset);
  }

  literal(offset: number, value: LiteralValue): Expression {
    return { kind: "literal", id: this.id(offset), value };
  }

  /** In the place of what could not be read; there is an issue about it. */
  unknown(): Expression {
    return this.literal(-1, null);
  }

  call(id: number, name: string, args: readonly Expression[], target?: Expression): Expression {
    const macro = this.#macros.get(macroKey(name, args.length, target !== undefined));
    const offset = this.#builder.offsetOf(id);
    const expanded = macro?.expand({ target, args }, new MacroBuilder(this.#builder, offset));
    if (expanded === undefined) {
      return { kind: "call", id, function: name, args, ...(target !== undefined && { target }) };
    }
    if (!("message" in expanded)) return expanded;
    this.#report(expanded);
    return this.unknown();
  }

  /** Any number of terms makes a flat tree, so that it can be as long as it likes. The operators have these ids. */
  balanced(name: string, terms: readonly Expression[], ids: readonly number[]): Expression {
    const tree = (from: number, to: number): Expression => {
      if (from > to) return terms[from] ?? this.unknown();
      const middle = (from + to + 1) >> 1;
      return this.call(ids[middle] ?? 0, name, [tree(from, middle - 1), tree(middle + 1, to)]);
    };
    return tree(0, ids.length - 1);
  }
}
