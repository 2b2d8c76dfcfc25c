/** Which types fit where (cel-go checker/types.go). */
import { CelType, DYN, isDyn, NULL } from "./type.ts";

/** What type parameters have been found to be. */
export type Substitutions = ReadonlyMap<string, CelType>;

type Mutable = Map<string, CelType>;

/** The substitutions under which each type of one list fits its counterpart; undefined if there are none. */
export function assignAll(
  known: Substitutions,
  from: readonly CelType[],
  to: readonly CelType[],
): Substitutions | undefined {
  const found: Mutable = new Map(known);
  return areAssignable(found, from, to) ? found : undefined;
}

/** A type with all that is known of its parameters put in; the unknown ones become `dyn` if `open` is so. */
export function substitute(known: Substitutions, type: CelType, open: "keep" | "dyn"): CelType {
  if (type.kind === "parameter") {
    const found = known.get(type.name);
    if (found !== undefined) return substitute(known, found, open);
    return open === "dyn" ? DYN : type;
  }
  if (type.parameters.length === 0) return type;
  return new CelType(
    type.kind,
    type.name,
    type.parameters.map((each) => substitute(known, each, open)),
  );
}

/** Of two types that fit each other, the one that more values have. */
export function mostGeneral(a: CelType, b: CelType): CelType {
  return isAsGeneral(a, b) ? a : b;
}

function isAsGeneral(a: CelType, b: CelType): boolean {
  if (isDyn(a) || a.kind === "parameter") return true;
  if (isDyn(b) || b.kind === "parameter" || a.kind !== b.kind) return false;
  if (a.kind === "type") return true;
  if (a.name !== b.name || a.parameters.length !== b.parameters.length) return false;
  return a.parameters.every((each, index) => isAsGeneral(each, b.parameter(index)));
}

function areAssignable(known: Mutable, from: readonly CelType[], to: readonly CelType[]): boolean {
  return (
    from.length === to.length && from.every((each, index) => isAssignable(known, each, to[index] ?? DYN))
  );
}

function isAssignable(known: Mutable, a: CelType, b: CelType): boolean {
  if (b.kind === "parameter") {
    const found = tryParameter(known, a, b);
    if (found !== "unknown") return found;
  }
  if (a.kind === "parameter") return tryParameter(known, b, a) === true;
  if (isLoose(a) || isLoose(b)) return true;
  if (a.kind === "null_type") return isNullable(b);
  if (b.kind === "null_type") return isNullable(a);
  if (a.kind === "type") return b.kind === "type";
  return a.kind === b.kind && a.name === b.name && areAssignable(known, a.parameters, b.parameters);
}

function isLoose({ kind }: CelType): boolean {
  return kind === "dyn" || kind === "error";
}

function isNullable(type: CelType): boolean {
  return type.equals(NULL) || ["opaque", "object", "duration", "timestamp"].includes(type.kind);
}

/** Whether a type can be what a parameter stands for; "unknown" when the parameter cannot decide that. */
function tryParameter(known: Mutable, type: CelType, parameter: CelType): boolean | "unknown" {
  if (type.equals(parameter)) return true;
  const current = known.get(parameter.name);
  if (current === undefined) {
    if (!isFree(known, parameter, type)) return "unknown";
    known.set(parameter.name, type);
    return true;
  }
  if (type.equals(current)) return true;
  if (!isAssignable(known, type, current)) return false;
  const general = mostGeneral(type, current);
  if (isFree(known, parameter, general)) known.set(parameter.name, general);
  return true;
}

/** Whether a parameter is nowhere within a type: nothing can consist of itself. */
function isFree(known: Substitutions, parameter: CelType, within: CelType): boolean {
  if (parameter.equals(within)) return false;
  if (within.kind !== "parameter") {
    return within.parameters.every((each) => isFree(known, parameter, each));
  }
  const found = known.get(within.name);
  return found === undefined || isFree(known, parameter, found);
}
