import type { FieldManagerType } from "#apimachinery/apply/field-manager.ts";
import { pathSet } from "#apimachinery/apply/field-manager.ts";
import type { OtherVersion } from "#apimachinery/apply/versioned-type.ts";
import type { JsonObject } from "#apimachinery/json-value.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import type { KindRegistry } from "../registry/kind-registry.ts";
import type { ServedResource } from "../registry/served-resource.ts";
import { fromStored, toStored } from "../storage/object-storage.ts";
import { resetFieldsOf } from "./reset-fields.ts";

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

  typeOf(served: ServedResource, subresource: string): FieldManagerType {
    const types = this.#types.get(served) ?? new Map<string, FieldManagerType>();
    const known = types.get(subresource);
    if (known !== undefined) return known;
    const { apiVersion, schema, resource } = served;
    const type: FieldManagerType = {
      apiVersion,
      kind: resource.kind,
      schema,
      subresource,
      resetFields: resetFieldsOf(served, subresource),
      otherVersions: this.#otherVersions(served, subresource),
    };
    this.#types.set(served, types.set(subresource, type));
    return type;
  }

  #otherVersions(served: ServedResource, subresource: string): readonly OtherVersion[] {
    return this.#registry
      .list()
      .filter((other) => other !== served && other.stored === served.stored)
      .map((other) => ({
        apiVersion: other.apiVersion,
        schema: other.schema,
        resetFields: pathSet(resetFieldsOf(other, subresource)),
        toVersion: (object) => convert(object, served, other),
        fromVersion: (object) => convert(object, other, served),
      }));
  }
}

function convert(object: JsonObject, from: ServedResource, to: ServedResource): JsonObject {
  const converted: unknown = fromStored(toStored(object as unknown as KubeObject, from), to);
  return converted as JsonObject;
}
