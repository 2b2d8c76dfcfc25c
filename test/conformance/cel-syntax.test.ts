/** What is said of expressions with wrong syntax: cel-go's parser_test.go. */
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { standardLibrary } from "#apiserver/cel/library/standard.ts";
import { ExpressionError } from "#apiserver/cel/syntax/issue.ts";
import { macroTable } from "#apiserver/cel/syntax/macro.ts";
import { parseExpression } from "#apiserver/cel/syntax/parse-expression.ts";

interface SyntaxCase {
  readonly expression: string;
  readonly error: string;
}

const cases = parse(readFileSync(join(import.meta.dir, "cel-syntax.yaml"), "utf8")) as readonly SyntaxCase[];
const macros = macroTable(standardLibrary.macros ?? []);

test.each(cases)("$expression", ({ expression, error }) => {
  expect(messageOf(expression)).toBe(error);
});

function messageOf(expression: string): string {
  try {
    parseExpression(expression, macros);
    return "";
  } catch (error) {
    if (error instanceof ExpressionError) return error.message;
    throw error;
  }
}
