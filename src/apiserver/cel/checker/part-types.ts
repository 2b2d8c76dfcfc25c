/** The types of what is inside of values. */
import type { Comprehension, Expression } from "../syntax/expression.ts";
import { type CelType, DYN, ERROR, formatType, INT } from "../types/type.ts";
import type { TypeProvider } from "./declarations.ts";
import type { Inference } from "./inference.ts";

interface FieldSelection {
  readonly target: CelType;
  readonly field: string;
  readonly provider: TypeProvider;
}

/** The type of a field; when there is none, there is an issue about it. */
export function fieldType(
  at: Expression,
  { target, field, provider }: FieldSelection,
  inference: Inference,
): CelType {
  if (target.kind === "map") return target.parameter(1);
  if (target.kind === "object") {
    const found = provider.fieldOf(target.name, field);
    if (found === undefined) inference.report(at, `undefined field '${field}'`);
    return found ?? ERROR;
  }
  if (!isOpen(target, inference)) {
    inference.report(at, `type '${formatType(target)}' does not support field selection`);
  }
  return DYN;
}

/** Whether a type is not known; it is taken for `dyn` then. */
function isOpen(type: CelType, inference: Inference): boolean {
  if (type.kind === "parameter") inference.isAssignable(DYN, type);
  return ["dyn", "error", "parameter"].includes(type.kind);
}

/** The variables of a loop: elements of a list or keys of a map, or indices and elements, or keys and values. */
export function loopVariables(
  { variable, variable2 }: Comprehension,
  range: Expression,
  inference: Inference,
): ReadonlyMap<string, CelType> {
  const type = inference.known(inference.typeOf(range));
  const [first, second] = elementTypes(type, range, inference);
  if (variable2 === undefined) return new Map([[variable, type.kind === "list" ? second : first]]);
  return new Map([
    [variable, first],
    [variable2, second],
  ]);
}

function elementTypes(type: CelType, range: Expression, inference: Inference): readonly [CelType, CelType] {
  if (type.kind === "list") return [INT, type.parameter(0)];
  if (type.kind === "map") return [type.parameter(0), type.parameter(1)];
  if (isOpen(type, inference)) return [DYN, DYN];
  inference.report(
    range,
    `expression of type '${formatType(type)}' cannot be range of a comprehension (must be list, map, or dynamic)`,
  );
  return [ERROR, ERROR];
}
