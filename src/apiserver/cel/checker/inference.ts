import type { Expression } from "../syntax/expression.ts";
import type { Issue } from "../syntax/issue.ts";
import { mostGeneral, Substitutions, substitute } from "../types/assignability.ts";
import type { Overload } from "../types/function.ts";
import { CelType, DYN, ERROR, formatType, typeParameter } from "../types/type.ts";

type Identified = Pick<Expression, "id">;

/** What has been found out of the types of an expression's parts, and what does not fit. */
export class Inference {
  readonly issues: Issue[] = [];
  readonly #offsets: readonly number[];
  readonly #types = new Map<number, CelType>();
  readonly #substitutions = new Substitutions();
  #parameterCount = 0;

  constructor(offsets: readonly number[]) {
    this.#offsets = offsets;
  }

  /** All types, those that are not known being `dyn`. */
  finished(): ReadonlyMap<number, CelType> {
    return new Map([...this.#types].map(([id, type]) => [id, this.closed(type)] as const));
  }

  typeOf({ id }: Identified): CelType {
    return this.#types.get(id) ?? ERROR;
  }

  setType({ id }: Identified, type: CelType): void {
    this.#types.set(id, type);
  }

  /** A type that is not known yet. */
  newParameter(): CelType {
    return typeParameter(`_var${String(this.#parameterCount++)}`);
  }

  /** A type with all that is known of its parts. */
  known(type: CelType): CelType {
    return substitute(this.#substitutions, type, "keep");
  }

  /** As `known`, with `dyn` for what is not. */
  closed(type: CelType): CelType {
    return substitute(this.#substitutions, type, "dyn");
  }

  /** Whether values of a type can be of the other one; what is not known yet is taken to be so. */
  isAssignable(from: CelType, to: CelType): boolean {
    return this.#substitutions.assign([from], [to]);
  }

  /** The type of two elements; that there are different ones is reported when all types are known. */
  join(previous: CelType | undefined, current: CelType): CelType {
    if (previous === undefined) return current;
    return this.isAssignable(previous, current) ? mostGeneral(previous, current) : DYN;
  }

  /** What an overload gives for arguments of these types; undefined when it does not take them. */
  resultOf(overload: Overload, types: readonly CelType[]): CelType | undefined {
    const fresh = new Map<string, CelType>();
    const own = (type: CelType): CelType => {
      if (type.kind !== "parameter") {
        return type.parameters.length === 0
          ? type
          : new CelType(type.kind, type.name, type.parameters.map(own));
      }
      const parameter = fresh.get(type.name) ?? this.newParameter();
      fresh.set(type.name, parameter);
      return parameter;
    };
    return this.#substitutions.assign(types, overload.args.map(own))
      ? this.known(own(overload.result))
      : undefined;
  }

  assert(expression: Expression, type: CelType): void {
    const actual = this.typeOf(expression);
    if (!this.isAssignable(type, actual)) this.reportMismatch(expression, type, actual);
  }

  reportUndeclared(at: Identified, name: string): void {
    this.report(at, `undeclared reference to '${name}' (in container '')`);
  }

  reportMismatch(at: Identified, expected: CelType, actual: CelType): void {
    this.report(at, `expected type '${formatType(expected)}' but found '${formatType(actual)}'`);
  }

  report({ id }: Identified, message: string): void {
    this.issues.push({ offset: this.#offsets[id] ?? -1, message });
  }
}
