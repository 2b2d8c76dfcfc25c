import { describe, expect, test } from "bun:test";
import { orderGroups } from "./registered-versions.ts";

/** `group/version group-priority version-priority` */
function versionOf(text: string) {
  const [apiVersion = "", groupPriority, versionPriority] = text.split(" ");
  const [group = "", version = ""] = apiVersion.split("/");
  return { group, version, priorities: { group: Number(groupPriority), version: Number(versionPriority) } };
}

const ordered = (texts: readonly string[]): readonly string[] =>
  orderGroups(texts.map(versionOf), ({ group }) => group).flatMap(({ group, versions }) =>
    versions.map(({ version }) => `${group}/${version}`),
  );

describe("orderGroups", () => {
  test.each([
    ["groups by priority", ["a/v1 100 1", "b/v1 1000 1"], ["b/v1", "a/v1"]],
    ["groups of equal priority by name", ["b/v1 100 1", "a/v1 100 1"], ["a/v1", "b/v1"]],
    ["a group by its best version", ["a/v1 100 1", "b/v1 500 1", "a/v2 1000 1"], ["a/v2", "a/v1", "b/v1"]],
    ["versions by priority", ["a/v2 1 1", "a/v1 1 9"], ["a/v1", "a/v2"]],
    [
      "versions of equal priority as Kubernetes orders them",
      ["v12alpha1", "v10", "v11beta2", "v10beta3", "v3beta1", "v2", "v11alpha2", "foo1", "v1", "foo10"].map(
        (version) => `a/${version} 1 1`,
      ),
      ["v10", "v2", "v1", "v11beta2", "v10beta3", "v3beta1", "v12alpha1", "v11alpha2", "foo1", "foo10"].map(
        (version) => `a/${version}`,
      ),
    ],
  ])("puts %s", (_name, versions, expected) => {
    expect(ordered(versions)).toEqual(expected);
  });
});
