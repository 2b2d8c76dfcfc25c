import { DepthGuard } from "./depth-guard.ts";
import { type Entry, type Expression, OPERATORS, type StructField } from "./expression.ts";
import { ExpressionMaker } from "./expression-maker.ts";
import {
  BEGINNINGS,
  beginningsIn,
  FIELD_BEGINNINGS,
  PRODUCTS,
  RELATIONS,
  RESERVED_WORDS,
  SUMS,
} from "./grammar.ts";
import { readLiteral } from "./literals.ts";
import type { MacroTable } from "./macro.ts";
import type { ParsedExpression } from "./parse-expression.ts";
import { TokenReader } from "./token-reader.ts";

/** One method for each rule of the grammar (cel-go parser/gen/CEL.g4). */
export class Parser {
  readonly #text: string;
  readonly #reader: TokenReader;
  readonly #maker: ExpressionMaker;
  readonly #depth: DepthGuard;

  constructor(text: string, macros: MacroTable) {
    this.#text = text;
    this.#reader = new TokenReader(text);
    this.#maker = new ExpressionMaker(text, macros, (issue) => this.#reader.report(issue));
    this.#depth = new DepthGuard(text);
  }

  parse(): ParsedExpression {
    const expression = this.#expression();
    this.#reader.expectEnd();
    this.#reader.throwIssues();
    this.#depth.check();
    return { text: this.#text, expression, offsets: this.#maker.offsets };
  }

  #expression(): Expression {
    return this.#depth.expression(() => {
      const condition = this.#or();
      const question = this.#reader.take("'?'");
      if (question === undefined) return condition;
      const id = this.#maker.id(question.offset);
      const then = this.#or();
      this.#reader.expect("':'");
      const otherwise = this.#expression();
      this.#depth.raise();
      return this.#maker.call(id, OPERATORS.conditional, [condition, then, otherwise]);
    });
  }

  #or(): Expression {
    return this.#balanced("'||'", OPERATORS.or, () =>
      this.#balanced("'&&'", OPERATORS.and, () => this.#relation()),
    );
  }

  #balanced(operator: string, name: string, readTerm: () => Expression): Expression {
    const terms = [readTerm()];
    const ids: number[] = [];
    for (let token = this.#reader.take(operator); token !== undefined; token = this.#reader.take(operator)) {
      ids.push(this.#maker.id(token.offset));
      terms.push(readTerm());
    }
    return this.#maker.balanced(name, terms, ids);
  }

  #relation(): Expression {
    return this.#chain(RELATIONS, () => this.#chain(SUMS, () => this.#chain(PRODUCTS, () => this.#unary())));
  }

  #chain(operators: Readonly<Record<string, string>>, readOperand: () => Expression): Expression {
    return this.#depth.within(() => {
      let left = readOperand();
      for (;;) {
        const token = this.#reader.takeAny(operators);
        if (token === undefined) return left;
        const id = this.#maker.id(token.offset);
        left = this.#maker.call(id, operators[token.type] ?? token.type, [left, readOperand()]);
        this.#depth.raise();
      }
    });
  }

  #unary(): Expression {
    const first = this.#reader.current;
    const isSign = first.type === "'-'" && !this.#reader.isSignOfNumber();
    if (first.type !== "'!'" && !isSign) return this.#member();
    let count = 0;
    while (this.#reader.take(first.type) !== undefined) count++;
    const operand = this.#member();
    if (count % 2 === 0) return operand;
    const name = first.type === "'!'" ? OPERATORS.not : OPERATORS.negate;
    return this.#maker.call(this.#maker.id(first.offset), name, [operand]);
  }

  #member(): Expression {
    return this.#depth.within(() => {
      let operand = this.#primary();
      for (;;) {
        const next = this.#selection(operand);
        if (next === undefined) return operand;
        this.#depth.raise();
        operand = next;
      }
    });
  }

  #selection(operand: Expression): Expression | undefined {
    const dot = this.#reader.take("'.'");
    if (dot !== undefined) return this.#field(operand, dot.offset);
    const bracket = this.#reader.take("'['");
    if (bracket === undefined) return undefined;
    const id = this.#maker.id(bracket.offset);
    const isOptional = this.#reader.take("'?'") !== undefined;
    const index = this.#expression();
    this.#reader.expect("']'");
    return this.#maker.call(id, isOptional ? OPERATORS.optionalIndex : OPERATORS.index, [operand, index]);
  }

  #field(operand: Expression, offset: number): Expression {
    const isOptional = this.#reader.take("'?'") !== undefined;
    const name = this.#reader.expectField();
    if (isOptional) {
      const field = this.#maker.literal(name.offset, name.text);
      return this.#maker.call(this.#maker.id(offset), OPERATORS.optionalSelect, [operand, field]);
    }
    const open = this.#reader.take("'('");
    if (open !== undefined) {
      const id = this.#maker.id(open.offset);
      return this.#maker.call(id, name.text, this.#args(), operand);
    }
    return { kind: "select", id: this.#maker.id(offset), operand, field: name.text, isTest: false };
  }

  #args(): readonly Expression[] {
    if (this.#reader.take("')'") !== undefined) return [];
    const args = [this.#expression()];
    while (this.#reader.take("','") !== undefined) args.push(this.#expression());
    this.#reader.expect("')'");
    return args;
  }

  #primary(): Expression {
    this.#reader.expectAny(BEGINNINGS);
    const token = this.#reader.current;
    switch (token.type) {
      case "'('": {
        this.#reader.skip();
        const inner = this.#expression();
        this.#reader.expect("')'");
        return inner;
      }
      case "'['":
        return this.#list();
      case "'{'":
        return this.#map();
      case "'.'":
      case "IDENTIFIER":
        return this.#named();
      default:
        return this.#literalToken();
    }
  }

  #list(): Expression {
    const id = this.#maker.id(this.#reader.skip().offset);
    const elements: Expression[] = [];
    const optionals = new Set<number>();
    this.#separated("']'", () => {
      if (this.#reader.take("'?'") !== undefined) optionals.add(elements.length);
      elements.push(this.#expression());
    });
    return { kind: "list", id, elements, optionals };
  }

  #map(): Expression {
    const id = this.#maker.id(this.#reader.skip().offset);
    const entries: Entry[] = [];
    this.#separated("'}'", () => {
      const isOptional = this.#reader.take("'?'") !== undefined;
      const key = this.#expression();
      const colon = this.#reader.expect("':'");
      entries.push({ id: this.#maker.id(colon.offset), key, value: this.#expression(), isOptional });
    });
    return { kind: "map", id, entries };
  }

  /** What stands between brackets, with a comma behind the last one or not. */
  #separated(close: string, readOne: () => void, beginnings = beginningsIn(close)): void {
    this.#reader.expectAny(beginnings);
    while (!this.#reader.isAt(close) && !this.#reader.isAt("','")) {
      readOne();
      if (this.#reader.take("','") === undefined) break;
    }
    this.#reader.take("','");
    this.#reader.expect(close);
  }

  /** A variable, a call of a function, or a message. */
  #named(): Expression {
    const dot = this.#reader.take("'.'");
    const name = this.#reader.expect("IDENTIFIER");
    const prefix = dot === undefined ? "" : ".";
    if (this.#reader.isStruct()) return this.#struct(prefix + name.text);
    if (RESERVED_WORDS.has(name.text)) {
      this.#reader.report({
        offset: dot?.offset ?? name.offset,
        message: `reserved identifier: ${name.text}`,
      });
    }
    const open = this.#reader.take("'('");
    if (open === undefined) {
      return { kind: "identifier", id: this.#maker.id(name.offset), name: prefix + name.text };
    }
    const id = this.#maker.id(open.offset);
    return this.#maker.call(id, prefix + name.text, this.#args());
  }

  #struct(first: string): Expression {
    let type = first;
    while (this.#reader.take("'.'") !== undefined) type += `.${this.#reader.expect("IDENTIFIER").text}`;
    const id = this.#maker.id(this.#reader.expect("'{'").offset);
    const fields: StructField[] = [];
    this.#separated(
      "'}'",
      () => {
        const isOptional = this.#reader.take("'?'") !== undefined;
        const { text: name } = this.#reader.expectField();
        const colon = this.#reader.expect("':'");
        fields.push({ id: this.#maker.id(colon.offset), name, value: this.#expression(), isOptional });
      },
      FIELD_BEGINNINGS,
    );
    return { kind: "struct", id, type, fields };
  }

  #literalToken(): Expression {
    const { offset } = this.#reader.current;
    const sign = this.#reader.take("'-'") === undefined ? "" : "-";
    const { type, text } = this.#reader.skip();
    const read = readLiteral(type, sign + text);
    if ("value" in read) return this.#maker.literal(offset, read.value);
    this.#reader.report({ offset, message: read.problem });
    return this.#maker.unknown();
  }
}
