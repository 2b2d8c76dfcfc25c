import { isEstablished, statusOf } from "#api/apiextensions/v1/definition-status.ts";
import type { CustomResourceDefinition } from "#api/generated/apiextensions-v1.ts";
import { isConditionTrue } from "#apimachinery/conditions.ts";
import { equalJson } from "#apimachinery/json-value.ts";
import type { QualifiedResource } from "#apimachinery/status-error.ts";
import type { KindRegistry } from "../registry/kind-registry.ts";
import { compileDefinition, type DefinitionSource, type DefinitionTools } from "./compile-definition.ts";

/** All that decides how a resource is served. */
interface Served {
  readonly uid: string;
  /** Moves with the spec. */
  readonly generation: number;
  readonly names: unknown;
  readonly isTerminating: boolean;
}

/** Keeps the registry of kinds in step with the definitions that have been established. */
export class ServedDefinitions {
  readonly #registry: KindRegistry;
  readonly #tools: DefinitionTools;
  readonly #served = new Map<string, Served>();

  constructor(registry: KindRegistry, tools: DefinitionTools) {
    this.#registry = registry;
    this.#tools = tools;
  }

  /**
   * Serves a definition as it is now, if it is established. `currentFrom` is the revision from which on objects are
   * written under its present schema.
   */
  set(source: DefinitionSource, currentFrom: number): void {
    const { definition } = source;
    const { name } = definition.metadata;
    if (!isEstablished(definition)) return this.remove(name);
    const next = toServed(definition);
    const present = this.#served.get(name);
    if (present !== undefined && equalJson(present, next)) return;
    this.#served.set(name, next);
    this.#registry.setCustom(qualifiedOf(name), compileDefinition(source, this.#tools, currentFrom));
  }

  remove(name: string): void {
    if (this.#served.delete(name)) this.#registry.setCustom(qualifiedOf(name));
  }

  names(): readonly string[] {
    return [...this.#served.keys()];
  }
}

function toServed(definition: CustomResourceDefinition): Served {
  const { acceptedNames, conditions } = statusOf(definition);
  return {
    uid: definition.metadata.uid,
    generation: definition.metadata.generation ?? 0,
    names: acceptedNames,
    isTerminating: isConditionTrue(conditions, "Terminating"),
  };
}

/** Definitions are called `<plural>.<group>`. */
function qualifiedOf(name: string): QualifiedResource {
  const dot = name.indexOf(".");
  return { resource: name.slice(0, dot), group: name.slice(dot + 1) };
}
