import type { Expression, LiteralValue } from "../syntax/expression.ts";
import { BOOL, BYTES, type CelType, DOUBLE, INT, NULL, STRING, UINT } from "../types/type.ts";
import { Uint } from "../values/uint.ts";

export function literalType(value: LiteralValue): CelType {
  if (typeof value === "string") return STRING;
  if (typeof value === "boolean") return BOOL;
  if (typeof value === "bigint") return INT;
  if (typeof value === "number") return DOUBLE;
  return value === null ? NULL : value instanceof Uint ? UINT : BYTES;
}

/** The name that selections of fields spell: `a.b.c`. */
export function qualifiedName(expression: Expression): string | undefined {
  if (expression.kind === "identifier") return expression.name;
  if (expression.kind !== "select" || expression.isTest) return undefined;
  const prefix = qualifiedName(expression.operand);
  return prefix === undefined ? undefined : `${prefix}.${expression.field}`;
}
