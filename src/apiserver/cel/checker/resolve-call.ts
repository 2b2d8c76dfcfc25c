import { type Call, OPERATORS } from "../syntax/expression.ts";
import type { FunctionDeclaration, Overload } from "../types/function.ts";
import { BOOL, type CelType, DYN, ERROR, formatType } from "../types/type.ts";
import type { Inference } from "./inference.ts";

export interface ResolvedCall {
  readonly type: CelType;
  /** Those that take the arguments. */
  readonly overloads: readonly Overload[];
}

/** Finds what a call may mean; when that is nothing, there is an issue about it. */
export function resolveCall(
  call: Call,
  declaration: FunctionDeclaration,
  inference: Inference,
): ResolvedCall {
  const { name, overloads } = declaration;
  const operands = call.target === undefined ? call.args : [call.target, ...call.args];
  const types = operands.map((each) => inference.typeOf(each));
  if (name === OPERATORS.and || name === OPERATORS.or) {
    return { type: logicType(call, types, inference), overloads };
  }
  const found: Overload[] = [];
  let type: CelType | undefined;
  for (const overload of overloads) {
    if (overload.isMethod !== (call.target !== undefined)) continue;
    const result = inference.resultOf(overload, types);
    if (result === undefined) continue;
    found.push(overload);
    if (type === undefined) type = result;
    else if (type.kind !== "dyn" && !result.equals(type)) type = DYN;
  }
  if (type !== undefined) return { type, overloads: found };
  const signature = formatSignature(
    call,
    types.map((each) => inference.closed(each)),
  );
  inference.report(call, `found no matching overload for '${name}' applied to '${signature}'`);
  return { type: ERROR, overloads: found };
}

function logicType(call: Call, types: readonly CelType[], inference: Inference): CelType {
  const fits = types.map((type, index) => {
    const isBool = inference.isAssignable(type, BOOL);
    if (!isBool) inference.reportMismatch(call.args[index] ?? call, BOOL, type);
    return isBool;
  });
  return fits.includes(false) ? ERROR : BOOL;
}

function formatSignature({ target }: Call, types: readonly CelType[]): string {
  const names = types.map(formatType);
  return target === undefined ? `(${names.join(", ")})` : `${names[0] ?? ""}.(${names.slice(1).join(", ")})`;
}
