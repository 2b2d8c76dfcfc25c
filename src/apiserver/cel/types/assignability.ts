/** Which types fit where (cel-go checker/types.go). */
import { CelType, DYN, isDyn, NULL } from "./type.ts";

/** What type parameters have been found to be. */
export class Substitutions {
  readonly #found = new Map<string, CelType>();
  /** What has been found out since an assignment began, with what was known before. */
  #changes: (readonly [name: string, before: CelType | undefined])[] = [];

  get(parameter: string): CelType | undefined {
    return this.#found.get(parameter);
  }

  set(parameter: string, type: CelType): void {
    this.#changes.push([parameter, this.#found.get(parameter)]);
    this.#found.set(parameter, type);
  }

  /** Finds what makes each type of one list fit its counterpart. When they cannot fit, nothing is found out. */
  assign(from: readonly CelType[], to: readonly CelType[]): boolean {
    this.#changes = [];
    if (areAssignable(this, from, to)) return true;
    for (const [name, before] of this.#changes.toReversed()) {
      if (before === undefined) this.#found.delete(name);
      else this.#found.set(name, before);
    }
    return false;
  }
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

function areAssignable(known: Substitutions, from: readonly CelType[], to: readonly CelType[]): boolean {
  return (
    from.length === to.length && from.every((each, index) => isAssignable(known, each, to[index] ?? DYN))
  );
}

function isAssignable(known: Substitutions, a: CelType, b: CelType): boolean {
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
function tryParameter(known: Substitutions, type: CelType, parameter: CelType): boolean | "unknown" {
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
