import { expect, test } from "bun:test";
import { kinds } from "#api/kinds.ts";
import { BuiltInSchemas } from "#api/schemas.ts";
import { KindRegistry } from "../../registry/kind-registry.ts";
import { localServices } from "./local-services.ts";

const schemas = new BuiltInSchemas();
const registry = new KindRegistry(kinds, (resource) => schemas.ofResource(resource));

test("every group version that is built in has an APIService, but for that of APIServices", () => {
  const groupVersions = new Set(kinds.map(({ resource: { group, version } }) => `${version}.${group}`));
  groupVersions.delete("v1.apiregistration.k8s.io");
  const services = localServices(registry.list());
  expect([...services.keys()].toSorted()).toEqual([...groupVersions].toSorted());
  expect(services.get("v1.")).toEqual({
    name: "v1.",
    spec: { version: "v1", groupPriorityMinimum: 18000, versionPriority: 1 },
    managed: "onstart",
  });
});
