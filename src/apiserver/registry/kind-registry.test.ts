import { describe, expect, test } from "bun:test";
import type { Kind } from "#api/kind.ts";
import { resourceOf } from "#api/resource.ts";
import { serveCustom, unserveCustom } from "#testing/custom-resources.ts";
import { aStruct } from "#testing/schema.ts";
import { KindRegistry } from "./kind-registry.ts";
import { collectionPrefix, objectKey } from "./storage-keys.ts";

const schemaOf = () => aStruct("Any", {});
const kindOf = (name: Parameters<typeof resourceOf>[0]): Kind => ({ resource: resourceOf(name) });

const widget: Kind = {
  resource: {
    group: "example.com",
    version: "v1",
    kind: "Widget",
    name: "widgets",
    singular: "widget",
    namespaced: true,
    verbs: ["get", "list"],
    shortNames: [],
    categories: [],
    subresources: [],
  },
};

describe("KindRegistry", () => {
  test("finds what it serves by resource and by kind", () => {
    const registry = new KindRegistry([kindOf("Pod")], schemaOf);
    const pods = registry.find({ group: "", version: "v1", resource: "pods" });
    expect(pods?.apiVersion).toBe("v1");
    expect(registry.findKind({ group: "", version: "v1", kind: "Pod" })).toBe(pods);
    expect(registry.get(resourceOf("Pod"))).toBe(pods as never);
    expect(registry.find({ group: "", version: "v2", resource: "pods" })).toBeUndefined();
    expect(() => registry.get(resourceOf("Node"))).toThrow('Resource "/v1/nodes" is not served');
  });

  test("takes a stored version before those that are converted to it, in whatever order they come", () => {
    const v2: Kind = { resource: { ...widget.resource, version: "v2" } };
    const v1: Kind = {
      ...widget,
      storage: { resource: v2.resource, toStorage: (object) => object, fromStorage: (object) => object },
    };
    const registry = new KindRegistry([v1, v2], schemaOf);
    expect(registry.get(v1.resource).stored).toBe(registry.get(v2.resource));
    expect(registry.get(v2.resource).stored).toBe(registry.get(v2.resource));
    expect(registry.get(v1.resource).prefix).toBe(registry.get(v2.resource).prefix);
  });

  test("tells who listens about what comes and goes", () => {
    const registry = new KindRegistry([], schemaOf);
    let changes = 0;
    const listening = registry.onChange(() => {
      changes += 1;
    });
    serveCustom(registry, widget, schemaOf());
    unserveCustom(registry, widget);
    expect(changes).toBe(2);
    unserveCustom(registry, widget);
    expect(changes).toBe(2);
    listening[Symbol.dispose]();
    serveCustom(registry, widget, schemaOf());
    expect(changes).toBe(2);
  });

  test("replaces a kind that is added again", () => {
    const registry = new KindRegistry([], schemaOf);
    serveCustom(registry, widget, schemaOf());
    const first = registry.get(widget.resource);
    serveCustom(registry, { ...widget, hasGeneration: false }, schemaOf());
    expect(registry.get(widget.resource)).not.toBe(first);
    expect(registry.list()).toHaveLength(1);
  });
});

test.each<[Kind, string, boolean]>([
  [kindOf("Pod"), "/registry/pods/ns/a", true],
  [kindOf("Deployment"), "/registry/deployments/ns/a", true],
  [kindOf("Service"), "/registry/services/specs/ns/a", true],
  [kindOf("Endpoints"), "/registry/services/endpoints/ns/a", true],
  [kindOf("ReplicationController"), "/registry/controllers/ns/a", true],
  [kindOf("Ingress"), "/registry/ingress/ns/a", true],
  [kindOf("Node"), "/registry/minions/a", true],
  [kindOf("CustomResourceDefinition"), "/registry/apiextensions.k8s.io/customresourcedefinitions/a", true],
  [widget, "/registry/example.com/widgets/ns/a", false],
])("the key of $resource.name is that of kube-apiserver", (kind, key, builtIn) => {
  const registry = new KindRegistry(builtIn ? [kind] : [], schemaOf);
  if (!builtIn) serveCustom(registry, kind, schemaOf());
  const served = registry.get(kind.resource);
  expect(objectKey(served, "ns", "a")).toBe(key);
  expect(key.startsWith(collectionPrefix(served, "ns"))).toBe(true);
  expect(key.startsWith(collectionPrefix(served))).toBe(true);
});

test.each([
  ["", "ns", "Name parameter required."],
  ["..", "ns", "Name parameter invalid: \"..\": may not be '..'"],
  ["a/b", "ns", "Name parameter invalid: \"a/b\": may not contain '/'"],
  ["a", "", "Namespace parameter required."],
])("%p in %p has no key", (name, namespace, message) => {
  const served = new KindRegistry([kindOf("Pod")], schemaOf).get(resourceOf("Pod"));
  expect(() => objectKey(served, namespace, name)).toThrow(message);
});
