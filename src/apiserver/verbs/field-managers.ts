import type { FieldManagerType } from "#apimachinery/apply/field-manager.ts";
import { pathSet } from "#apimachinery/apply/field-manager.ts";
import type { OtherVersion } from "#apimachinery/apply/versioned-type.ts";
import type { JsonObject } from "#apimachinery/json-value.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import type { KindRegistry } from "../registry/kind-registry.ts";
import type { ServedResource } from "../registry/served-resource.ts";
import { type Between, convertNow } from "./pending-conversion.ts";
import { changeableFieldsOf, resetFieldsOf } from "./reset-fields.ts";

/** How the owners of fields are kept for each resource and subresource. */
export class FieldManagers {
  readonly #registry: KindRegistry;
  #types = new WeakMap<ServedResource, Map<string, FieldManagerType>>();

  constructor(registry: KindRegistry) {
    this.#registry = registry;
    // A type knows the other versions of its kind, which may come and go.
    registry.onChange(() => {
      this.#types = new WeakMap();
    });
  }

  /** `between` converts to the other versions of the kind. */
  typeOf(served: ServedResource, subresource: string, between: Between = convertNow): FieldManagerType {
    if (between !== convertNow) return this.#createType(served, subresource, between);
    const types = this.#types.get(served) ?? new Map<string, FieldManagerType>();
    const known = types.get(subresource);
    if (known !== undefined) return known;
    const type = this.#createType(served, subresource, between);
    this.#types.set(served, types.set(subresource, type));
    return type;
  }

  #createType(served: ServedResource, subresource: string, between: Between): FieldManagerType {
    const { apiVersion, schema, resource } = served;
    return {
      apiVersion,
      kind: resource.kind,
      schema,
      subresource,
      resetFields: resetFieldsOf(served, subresource),
      changeableFields: changeableFieldsOf(served, subresource),
      otherVersions: this.#registry
        .versionsOf(served)
        .filter((other) => other !== served)
        .map((other) => otherVersion(served, other, subresource, between)),
    };
  }
}

function otherVersion(
  served: ServedResource,
  other: ServedResource,
  subresource: string,
  between: Between,
): OtherVersion {
  const convert = (object: JsonObject, from: ServedResource, to: ServedResource): JsonObject => {
    // Every object is plain JSON; interfaces just do not say so.
    const converted: unknown = between(object as unknown as KubeObject, from, to);
    return converted as JsonObject;
  };
  return {
    apiVersion: other.apiVersion,
    schema: other.schema,
    resetFields: pathSet(resetFieldsOf(other, subresource)),
    toVersion: (object) => convert(object, served, other),
    fromVersion: (object) => convert(object, other, served),
  };
}
