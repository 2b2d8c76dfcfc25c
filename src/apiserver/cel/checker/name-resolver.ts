import type { Identifier } from "../syntax/expression.ts";
import { type CelType, typeOf } from "../types/type.ts";
import type { Declarations } from "./declarations.ts";
import type { Inference } from "./inference.ts";

/** Finds what names mean: variables of loops, declared ones, or types. */
export class NameResolver {
  readonly #declarations: Declarations;
  readonly #inference: Inference;
  /** The variables of loops, innermost last. */
  readonly #scopes: ReadonlyMap<string, CelType>[] = [];
  readonly #typeNames = new Map<number, CelType>();
  readonly #variables = new Set<string>();

  constructor(declarations: Declarations, inference: Inference) {
    this.#declarations = declarations;
    this.#inference = inference;
  }

  get found(): { readonly typeNames: ReadonlyMap<number, CelType>; readonly variables: ReadonlySet<string> } {
    return { typeNames: this.#typeNames, variables: this.#variables };
  }

  push(variables: ReadonlyMap<string, CelType>): void {
    this.#scopes.push(variables);
  }

  pop(): void {
    this.#scopes.pop();
  }

  /** The identifier that an expression is; undefined when there is nothing of the name. */
  resolve({ id }: { readonly id: number }, qualified: string): Identifier | undefined {
    const name = qualified.replace(/^\./, "");
    const type = this.#local(name) ?? this.#declared(name) ?? this.#typeNamed(id, name);
    if (type === undefined) return undefined;
    this.#inference.setType({ id }, type);
    return { kind: "identifier", id, name };
  }

  #local(name: string): CelType | undefined {
    return this.#scopes.findLast((scope) => scope.has(name))?.get(name);
  }

  #declared(name: string): CelType | undefined {
    const type = this.#declarations.variables.get(name);
    if (type !== undefined) this.#variables.add(name);
    return type;
  }

  #typeNamed(id: number, name: string): CelType | undefined {
    const type = this.#declarations.types.get(name);
    if (type === undefined) return undefined;
    this.#typeNames.set(id, type);
    return typeOf(type);
  }
}
