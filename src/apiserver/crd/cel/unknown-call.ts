import type { CelEnv } from "@bufbuild/cel";
import { isJsonObject } from "#apimachinery/json-value.ts";

type Functions = CelEnv["funcs"];

/** The name of a function that an expression calls and nobody knows. `expression` is a parsed `cel.expr.Expr`. */
export function findUnknownCall(expression: unknown, functions: Functions): string | undefined {
  if (Array.isArray(expression)) return firstOf(expression, functions);
  if (!isJsonObject(expression)) return undefined;
  const { case: kind, value } = expression;
  if (kind === "callExpr" && isJsonObject(value)) {
    const name = unknownName(value, functions);
    if (name !== undefined) return name;
  }
  return firstOf(Object.values(expression), functions);
}

function firstOf(values: readonly unknown[], functions: Functions): string | undefined {
  for (const each of values) {
    const name = findUnknownCall(each, functions);
    if (name !== undefined) return name;
  }
  return undefined;
}

/** Operators are called `_+_` and the like; the evaluator has those itself. */
function unknownName(call: Readonly<Record<string, unknown>>, functions: Functions): string | undefined {
  const name = String(call["function"]);
  if (!/^[A-Za-z][A-Za-z0-9_.]*$/.test(name) || functions.find(name) !== undefined) return undefined;
  const space = namespaceOf(call["target"]);
  const qualified = space === undefined ? name : `${space}.${name}`;
  return functions.find(qualified) === undefined ? name : undefined;
}

function namespaceOf(target: unknown): string | undefined {
  const kind = isJsonObject(target) ? target["exprKind"] : undefined;
  const value = isJsonObject(kind) && kind["case"] === "identExpr" ? kind["value"] : undefined;
  return isJsonObject(value) ? String(value["name"]) : undefined;
}
