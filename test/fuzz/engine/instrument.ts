/** Counts, in the sources of the server, which branches an input takes. */
import { parseSync, Visitor } from "oxc-parser";

/** What instrumented code calls its counters. */
export const COUNTERS = "__branches";

export interface Instrumented {
  readonly text: string;
  /** How many counters are in it. */
  readonly branches: number;
}

interface Insertion {
  readonly at: number;
  readonly text: string;
  /** Of two insertions at one place, that of the outer expression comes first when it opens, and last when it closes. */
  readonly rank: number;
}

interface Span {
  readonly start: number;
  readonly end: number;
}

/** The source with a counter at the start of each branch, the first of which has the number `first`. */
export function instrument(path: string, source: string, first: number): Instrumented {
  const { program } = parseSync(path, source);
  const marks = new Marks(first);
  new Visitor({
    ArrowFunctionExpression: ({ body }) => (isBlock(body) ? marks.block(body) : marks.expression(body)),
    FunctionDeclaration: ({ body }) => body && marks.block(body),
    FunctionExpression: ({ body }) => body && marks.block(body),
    IfStatement: ({ consequent, alternate }) => {
      marks.statement(consequent);
      if (alternate !== null) marks.statement(alternate);
    },
    ForStatement: ({ body }) => marks.statement(body),
    ForOfStatement: ({ body }) => marks.statement(body),
    ForInStatement: ({ body }) => marks.statement(body),
    WhileStatement: ({ body }) => marks.statement(body),
    SwitchCase: ({ consequent: [statement] }) => statement && marks.before(statement),
    CatchClause: ({ body }) => marks.block(body),
    ConditionalExpression: ({ consequent, alternate }) => {
      marks.expression(consequent);
      marks.expression(alternate);
    },
    LogicalExpression: ({ right }) => marks.expression(right),
  }).visit(program);
  return { text: insert(source, marks.insertions), branches: marks.count };
}

class Marks {
  readonly insertions: Insertion[] = [];
  readonly #first: number;
  count = 0;

  constructor(first: number) {
    this.#first = first;
  }

  block({ start }: Span): void {
    this.#insert(start + 1, `${this.#counter()};`, 0);
  }

  /** A statement that may be no block yet. */
  statement(statement: Span & { readonly type: string }): void {
    if (isBlock(statement)) return this.block(statement);
    this.#insert(statement.start, `{${this.#counter()};`, -statement.end);
    this.#insert(statement.end, "}", -statement.start);
  }

  before({ start, end }: Span): void {
    this.#insert(start, `${this.#counter()};`, -end);
  }

  expression({ start, end }: Span): void {
    this.#insert(start, `(${this.#counter()},`, -end);
    this.#insert(end, ")", -start);
  }

  #counter(): string {
    const number = this.#first + this.count;
    this.count += 1;
    return `${COUNTERS}[${String(number)}]++`;
  }

  #insert(at: number, text: string, rank: number): void {
    this.insertions.push({ at, text, rank });
  }
}

function isBlock({ type }: { readonly type: string }): boolean {
  return type === "BlockStatement" || type === "FunctionBody";
}

function insert(source: string, insertions: readonly Insertion[]): string {
  const pieces: string[] = [];
  let end = 0;
  for (const { at, text } of insertions.toSorted((a, b) => a.at - b.at || a.rank - b.rank)) {
    pieces.push(source.slice(end, at), text);
    end = at;
  }
  return [...pieces, source.slice(end)].join("");
}
