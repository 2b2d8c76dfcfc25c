import { expect, test } from "bun:test";
import { builtInResource, type Resource } from "#api/resource.ts";
import { followEverything } from "./everything.ts";
import { builtInDiscovery, builtInResources, type KindDiscovery, servedDiscovery } from "./kind-discovery.ts";

const configMap = builtInResource("", "v1", "ConfigMap");
const binding = builtInResource("", "v1", "Binding");
const widget: Resource = { ...configMap, group: "example.com", kind: "Widget", name: "widgets" };

test("followEverything keeps step with the kinds that there are", () => {
  const log: string[] = [];
  let announce: (resources: readonly Resource[]) => void = () => undefined;
  const discovery: Pick<KindDiscovery, "follow"> = {
    follow: (onChange) => {
      announce = onChange;
      onChange([configMap, binding]);
      return { [Symbol.dispose]: () => void log.push("unfollowed") };
    },
  };
  const following = followEverything(discovery, {
    isWanted: ({ kind }) => kind !== "Event",
    onKind: ({ kind }) => {
      log.push(`+${kind}`);
      return { [Symbol.dispose]: () => void log.push(`-${kind}`) };
    },
    onGone: ({ kind }) => void log.push(`${kind} is gone`),
  });
  announce([configMap, widget]);
  announce([configMap, { ...widget, version: "v2" }]);
  announce([configMap]);
  following[Symbol.dispose]();
  expect(log).toEqual([
    "+ConfigMap",
    "+Widget",
    "-Widget",
    "Widget is gone",
    "+Widget",
    "-Widget",
    "Widget is gone",
    "unfollowed",
    "-ConfigMap",
  ]);
});

test("builtInDiscovery tells of each kind once", () => {
  let names: string[] = [];
  builtInDiscovery.follow((resources) => {
    names = resources.map(({ group, name }) => `${name}.${group}`);
  });
  expect(names).toContain("deployments.apps");
  expect(new Set(names).size).toBe(names.length);
});

test("servedDiscovery knows each kind in one version, and follows those that come", () => {
  const served = [...builtInResources()]
    .slice(0, 3)
    .map((resource) => ({ resource, builtIn: true, stored: { resource } }));
  const [first] = served;
  if (first === undefined) throw new TypeError("No built-in kinds");
  const old = { ...first.resource, version: "v0" };
  const stored = { ...first.resource, group: "example.com", version: "v1" };
  const converted = { ...stored, version: "v2" };
  let listener = (): void => undefined;
  let custom: readonly Resource[] = [];
  const discovery = servedDiscovery({
    list: () => [
      ...served,
      { resource: old, builtIn: true, stored: first },
      ...custom.map((resource) => ({ resource, builtIn: false, stored: { resource: stored } })),
    ],
    onChange: (added) => {
      listener = added;
      return { [Symbol.dispose]: () => undefined };
    },
  });
  const told: (readonly Resource[])[] = [];
  discovery.follow((resources) => void told.push(resources));
  custom = [stored, converted];
  listener();
  const builtIn = served.map(({ resource }) => resource);
  expect(told).toEqual([builtIn, [...builtIn, stored]]);
});
