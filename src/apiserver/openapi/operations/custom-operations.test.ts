import { describe, expect, test } from "bun:test";
import type { Resource } from "#api/resource.ts";
import { BuiltInSchemas } from "#api/schemas.ts";
import { cronTabs } from "#testing/cron-tabs.ts";
import { customOperations } from "./custom-operations.ts";
import type { Operation } from "./operation.ts";
import { identityOf } from "./operation-identity.ts";
import { OptionParameters } from "./option-parameters.ts";

const parameters = new OptionParameters(new BuiltInSchemas(), {});
const subresources: Resource["subresources"] = [
  { name: "status", kind: "CronTab", verbs: [] },
  { name: "scale", group: "autoscaling", version: "v1", kind: "Scale", verbs: [] },
];

const operationsOf = (resource: Partial<Resource> = {}): readonly Operation[] =>
  customOperations({ ...cronTabs(), subresources, ...resource }, parameters);

function operation(id: string): Operation | undefined {
  return operationsOf().find((each) => identityOf(each).id === id);
}

describe("customOperations", () => {
  test("names what can be done with the resource", () => {
    expect(operationsOf().map((each) => identityOf(each).id.replace("StableExampleComV1", "-"))).toEqual([
      "list-CronTabForAllNamespaces",
      "list-NamespacedCronTab",
      "create-NamespacedCronTab",
      "delete-CollectionNamespacedCronTab",
      "read-NamespacedCronTab",
      "replace-NamespacedCronTab",
      "patch-NamespacedCronTab",
      "delete-NamespacedCronTab",
      "read-NamespacedCronTabStatus",
      "replace-NamespacedCronTabStatus",
      "patch-NamespacedCronTabStatus",
      "read-NamespacedCronTabScale",
      "replace-NamespacedCronTabScale",
      "patch-NamespacedCronTabScale",
    ]);
  });

  test("has no namespaces for a resource of the cluster", () => {
    const paths = operationsOf({ namespaced: false, subresources: [] }).map(({ path }) => path);
    expect([...new Set(paths)]).toEqual([
      "/apis/stable.example.com/v1/crontabs",
      "/apis/stable.example.com/v1/crontabs/{name}",
    ]);
  });

  test("cannot be patched by strategy, nor be had in protobuf", () => {
    const patch = operation("patchStableExampleComV1NamespacedCronTab");
    expect(patch?.consumes).toEqual([
      "application/json-patch+json",
      "application/merge-patch+json",
      "application/apply-patch+yaml",
    ]);
    expect(patch?.produces).toEqual(["application/json", "application/yaml"]);
  });

  test("is about the resource also where a scale is read and written", () => {
    const scale = operation("replaceStableExampleComV1NamespacedCronTabScale");
    expect(scale).toMatchObject({
      kind: { group: "stable.example.com", version: "v1", kind: "CronTab" },
      body: { type: "io.k8s.api.autoscaling.v1.Scale", required: true },
      description: "replace scale of the specified CronTab",
    });
  });

  test("is called by the kind of its lists", () => {
    const [list] = operationsOf({ listKind: "CronTabs" });
    expect(list?.answers.map(({ type }) => type)).toEqual(["com.example.stable.v1.CronTabs"]);
  });
});
