import type { CustomResourceDefinition } from "#api/generated/apiextensions-v1.ts";
import type { NewObject } from "#apimachinery/meta.ts";

/** A custom resource, which the server itself serves. */
export const gadgets: NewObject<CustomResourceDefinition> = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "gadgets.stable.example.com" },
  spec: {
    group: "stable.example.com",
    scope: "Namespaced",
    names: { plural: "gadgets", kind: "Gadget" },
    versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } }],
  },
};
