import { expect, test } from "bun:test";
import { type Resource, resourceOf } from "#api/resource.ts";
import { cronTabs } from "#testing/cron-tabs.ts";
import { servedDiscovery, versionedName } from "./kind-discovery.ts";

const pod = resourceOf("Pod");
const [v1, v1beta1, v1alpha1] = [cronTabs("v1"), cronTabs("v1beta1"), cronTabs("v1alpha1")];

function discovered(custom: readonly Resource[], stored: Resource): readonly string[] {
  const home = { resource: stored };
  const served = [
    { resource: pod, builtIn: true, stored: { resource: pod } },
    ...custom.map((resource) => ({ resource, builtIn: false, stored: home })),
  ];
  let found: readonly string[] = [];
  const onChange = () => ({ [Symbol.dispose]: () => undefined });
  servedDiscovery({ list: () => served, onChange }).follow((resources) => {
    found = resources.map(versionedName);
  });
  return found;
}

test.each<[string, readonly Resource[], Resource, string]>([
  ["the stored version", [v1beta1, v1], v1, "crontabs.v1.stable.example.com"],
  [
    "another one where the stored is not served",
    [v1beta1, v1],
    v1alpha1,
    "crontabs.v1beta1.stable.example.com",
  ],
])("servedDiscovery takes %s of a custom resource", (_name, custom, stored, want) => {
  expect(discovered(custom, stored)).toEqual(["pods.v1.", want]);
});
