import { textSize } from "../values/text.ts";
import type { Expression } from "./expression.ts";
import { ExpressionError } from "./issue.ts";
import type { MacroTable } from "./macro.ts";
import { Parser } from "./parser.ts";

/** A parsed text. `offsets` says where each part is, by its id. */
export interface ParsedExpression {
  readonly text: string;
  readonly expression: Expression;
  readonly offsets: readonly number[];
}

/** cel-go's limit (parser.go `NewParser`). */
const MAX_CODE_POINTS = 100_000;

/** Parses an expression and expands its macros. Throws an `ExpressionError`. */
export function parseExpression(text: string, macros: MacroTable): ParsedExpression {
  const size = textSize(text);
  if (size > MAX_CODE_POINTS) {
    const limit = `size: ${String(size)}, limit ${String(MAX_CODE_POINTS)}`;
    throw new ExpressionError(text, [
      { offset: -1, message: `expression code point size exceeds limit: ${limit}` },
    ]);
  }
  return new Parser(text, macros).parse();
}
