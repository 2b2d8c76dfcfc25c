import { goSyntax, goTypeOf, goValue } from "../go-text.ts";
import { isJsonObject } from "../json-value.ts";
import type { Schema } from "../schema.ts";
import {
  atomOf,
  entryElement,
  type ListAtom,
  type MapAtom,
  type ScalarAtom,
  type TypedAs,
  typedAs,
} from "./atom.ts";
import { elementOf, elementProblem } from "./list-element.ts";
import { formatPath, formatPathElement, indexElement, type PathElement } from "./path-element.ts";

export interface ValidateTypedOptions {
  /** Stored objects may have list elements with equal keys, applied ones may not. */
  readonly allowDuplicates?: boolean;
}

/** What keeps a value from being applied, as `.spec.foo: field not declared in schema`. */
export function validateTyped(
  schema: Schema,
  value: unknown,
  { allowDuplicates = false }: ValidateTypedOptions = {},
): readonly string[] {
  const validator = new TypedValidator(allowDuplicates);
  validator.visit(typedAs(schema), value);
  return validator.errors;
}

class TypedValidator {
  readonly errors: string[] = [];
  readonly #allowDuplicates: boolean;
  readonly #path: PathElement[] = [];

  constructor(allowDuplicates: boolean) {
    this.#allowDuplicates = allowDuplicates;
  }

  visit(type: TypedAs, value: unknown): void {
    if (value === null || value === undefined) return;
    const atom = atomOf(type, value);
    switch (atom.kind) {
      case "map":
        return this.#visitMap(atom, value);
      case "list":
        return this.#visitList(atom, value);
      case "scalar":
        return this.#visitScalar(atom, value);
    }
  }

  #visitBelow(element: PathElement, type: TypedAs, value: unknown): void {
    this.#path.push(element);
    this.visit(type, value);
    this.#path.pop();
  }

  #visitMap(atom: MapAtom, value: unknown): void {
    if (!isJsonObject(value)) return this.#report(`expected map, got ${printed(value)}`);
    for (const name of Object.keys(value)) {
      const [element, type] = [entryElement(atom, name), atom.typeOf(name)];
      if (type === undefined) return this.#report("field not declared in schema", formatPathElement(element));
      this.#visitBelow(element, type, value[name]);
    }
  }

  #visitList(list: ListAtom, value: unknown): void {
    if (!Array.isArray(value)) return this.#report(`expected list, got ${printed(value)}`);
    const seen = new Set<PathElement>();
    for (const [index, item] of (value as readonly unknown[]).entries()) {
      const element = list.isAtomic ? indexElement(index) : elementOf(list, item);
      if (element === undefined) {
        return this.#report(`element ${String(index)}: ${elementProblem(list, item)}`);
      }
      if (seen.has(element) && !this.#allowDuplicates) {
        this.#report(`duplicate entries for key ${formatPathElement(element)}`);
      }
      seen.add(element);
      this.#visitBelow(element, list.items, item);
    }
  }

  #visitScalar({ accepts }: ScalarAtom, value: unknown): void {
    const isScalar = typeof value !== "object";
    if (accepts === "any" && !isScalar) this.#report(`expected any scalar, got ${printed(value)}`);
    if (accepts === "boolean" && typeof value !== "boolean") {
      this.#report(`expected boolean, got ${printed(value)}`);
    }
    if (accepts === "numeric" && typeof value !== "number" && typeof value !== "bigint") {
      this.#report(`expected numeric (int or float), got ${goTypeOf(value)}`);
    }
    if (accepts === "string" && typeof value !== "string") {
      this.#report(`expected string, got &value.valueUnstructured{Value:${goSyntax(value)}}`);
    }
  }

  #report(message: string, below = ""): void {
    const path = formatPath(this.#path) + below;
    this.errors.push(path === "" ? message : `${path}: ${message}`);
  }
}

/** How structured-merge-diff prints a value that it did not expect. */
function printed(value: unknown): string {
  return `&{${goValue(value)}}`;
}

/** Several problems as one message. */
export function joinTypedErrors(errors: readonly string[]): string {
  const [first = "", ...more] = errors;
  return more.length === 0 ? first : ["errors:", ...errors.map((each) => `  ${each}`)].join("\n");
}
