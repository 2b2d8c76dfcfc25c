/** Definitions of custom resources as those of usual operators. */
import type { CustomResourceDefinition, JSONSchemaProps } from "#api/generated/apiextensions-v1.ts";
import type { NewObject } from "#apimachinery/meta.ts";
import { createMemoryStore } from "#store/memory/memory-store.ts";
import type { Store } from "#store/store.ts";

const KEY = "/registry/apiextensions.k8s.io/customresourcedefinitions/";
const TEXT = "A field that says something about what is wanted, in a sentence or two of usual length.";

/** An object of three levels with 216 fields, which makes 34 kB. */
function aSchema(depth: number): JSONSchemaProps {
  if (depth === 0) return { type: "string", description: TEXT };
  const fields = Array.from("abcdef", (name) => [name + String(depth), aSchema(depth - 1)] as const);
  return { type: "object", description: TEXT, properties: Object.fromEntries(fields) };
}

/** As a client creates it. There are twenty groups. */
export function aDefinition(index: number): NewObject<CustomResourceDefinition> {
  const [plural, kind] = [`things${String(index)}`, `Thing${String(index)}`];
  const group = `group${String(index % 20)}.example.com`;
  const schema = { openAPIV3Schema: { type: "object", properties: { spec: aSchema(3) } } };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      names: { plural, singular: kind.toLowerCase(), kind, listKind: `${kind}List` },
      scope: "Namespaced",
      versions: [{ name: "v1", served: true, storage: true, schema }],
    },
  };
}

/** A store with definitions that have been established. */
export async function aStoreOf(count: number): Promise<Store> {
  const store = createMemoryStore();
  for (let index = 0; index < count; index += 1) {
    const { metadata, spec, ...rest } = aDefinition(index);
    const conditions = ["NamesAccepted", "Established"].map((type) => ({ type, status: "True" }));
    const status = { conditions, acceptedNames: spec.names, storedVersions: ["v1"] };
    const whole = {
      ...rest,
      metadata: { ...metadata, uid: String(index), generation: 1 },
      spec: { ...spec, conversion: { strategy: "None" } },
      status,
    };
    await store.create(KEY + metadata.name, Buffer.from(JSON.stringify(whole)));
  }
  return store;
}
