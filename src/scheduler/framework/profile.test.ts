import { describe, expect, test } from "bun:test";
import { aPod } from "#testing/objects.ts";
import { defaultProfile } from "../default-profile.ts";
import { defaultBinderPlugin } from "../plugins/default-binder.ts";
import { nodeNamePlugin } from "../plugins/node-name.ts";
import { prioritySortPlugin } from "../plugins/priority-sort.ts";
import { definePlugin, type Plugin } from "./plugin.ts";
import { compileProfile, compileProfiles, frameworkOf } from "./profile.ts";

const profile = (schedulerName: string, ...plugins: readonly Plugin[]) => ({
  schedulerName,
  plugins: plugins.map((plugin) => ({ plugin })),
});

describe("compileProfile", () => {
  test("finds the plugins of each extension point, in order and with their weights", () => {
    const framework = compileProfile(defaultProfile);
    const names = (plugins: readonly { readonly name: string }[]): readonly string[] =>
      plugins.map(({ name }) => name);
    expect(names(framework.preEnqueues)).toEqual(["SchedulingGates"]);
    expect(names(framework.filters)).toEqual([
      "NodeUnschedulable",
      "NodeName",
      "TaintToleration",
      "NodeAffinity",
      "NodePorts",
      "NodeResourcesFit",
      "PodTopologySpread",
      "InterPodAffinity",
    ]);
    expect(names(framework.postFilters)).toEqual(["DefaultPreemption"]);
    expect(framework.scores.map(({ plugin, weight }) => `${plugin.name} ${String(weight)}`)).toEqual([
      "TaintToleration 3",
      "NodeAffinity 2",
      "NodeResourcesFit 1",
      "PodTopologySpread 2",
      "InterPodAffinity 2",
      "NodeResourcesBalancedAllocation 1",
      "ImageLocality 1",
    ]);
    expect(names(framework.binds)).toEqual(["DefaultBinder"]);
  });

  test.each([
    {
      name: "a plugin twice",
      plugins: [prioritySortPlugin, nodeNamePlugin, nodeNamePlugin, defaultBinderPlugin],
      want: 'Profile "mine" has plugin "NodeName" twice',
    },
    {
      name: "nothing that sorts",
      plugins: [defaultBinderPlugin],
      want: 'Profile "mine" needs exactly one plugin that sorts the queue',
    },
    {
      name: "nothing that binds",
      plugins: [prioritySortPlugin],
      want: 'Profile "mine" has no plugin that binds',
    },
  ])("refuses $name", ({ plugins, want }) => {
    expect(() => compileProfile(profile("mine", ...plugins))).toThrow(new RangeError(want));
  });
});

describe("compileProfiles", () => {
  const complete = [prioritySortPlugin, defaultBinderPlugin];

  test("refuses one name for two profiles", () => {
    expect(() => compileProfiles([profile("a", ...complete), profile("a", ...complete)])).toThrow(
      new RangeError("Two profiles have the same scheduler name"),
    );
  });

  test("refuses two orders for one queue", () => {
    const otherSort = definePlugin({ name: "Other", compare: () => 0 });
    expect(() =>
      compileProfiles([profile("a", ...complete), profile("b", otherSort, defaultBinderPlugin)]),
    ).toThrow(new RangeError("All profiles must sort the queue with the same plugin"));
  });

  test("finds the profile that a pod names, and none for pods of other schedulers", () => {
    const frameworks = compileProfiles([defaultProfile, profile("mine", ...complete)]);
    const nameFor = (schedulerName: string) =>
      frameworkOf(frameworks, aPod("a", { spec: { schedulerName } }))?.schedulerName;
    expect(["default-scheduler", "mine", "theirs"].map(nameFor)).toEqual([
      "default-scheduler",
      "mine",
      undefined,
    ]);
  });
});
