import { expect, test } from "bun:test";
import { aggregatedKinds } from "./aggregated-kinds.ts";

const resource = (name: string, kind: string) => ({
  resource: name,
  responseKind: { group: "", version: "", kind },
  scope: "Namespaced",
  singularResource: kind.toLowerCase(),
  verbs: ["get", "list", "watch", "delete"],
});

function versionOf(version: string, priority: number, ...resources: readonly ReturnType<typeof resource>[]) {
  const priorities = { group: 1000, version: priority };
  return { group: "example.com", version, priorities, remote: { resources, freshness: "Current" as const } };
}

test("aggregatedKinds takes each resource in the most preferred version that has it", () => {
  const [flunders, fischers] = [resource("flunders", "Flunder"), resource("fischers", "Fischer")];
  const found = aggregatedKinds([
    versionOf("v1alpha1", 1, flunders, fischers),
    versionOf("v1beta1", 2, flunders),
  ]);
  expect(found.map(({ resource: { name, version, kind } }) => `${name}.${version} ${kind}`)).toEqual([
    "flunders.v1beta1 Flunder",
    "fischers.v1alpha1 Fischer",
  ]);
  expect(found[0]?.resource).toMatchObject({ group: "example.com", namespaced: true, singular: "flunder" });
  expect(found[0]?.stored.resource).toBe(found[0]?.resource as never);
});
