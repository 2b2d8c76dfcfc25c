import { describe, expect, test } from "bun:test";
import type { Taint, Toleration } from "#api/generated/core-v1.ts";
import { aNode, aPod } from "#testing/objects.ts";
import { points, verdicts, wantsRetry } from "#testing/scheduling.ts";
import { REASON_TAINTS, taintTolerationPlugin } from "./taint-toleration.ts";

const tainted = (name: string, ...taints: readonly Taint[]) => aNode(name, { spec: { taints } });
const podWith = (...tolerations: readonly Toleration[]) => aPod("a", { spec: { tolerations } });
const taint = (key: string, effect: Taint["effect"], value = "v"): Taint => ({ key, value, effect });

describe("the filter", () => {
  const kept = `UnschedulableAndUnresolvable: ${REASON_TAINTS}`;
  const cases: { name: string; tolerations: Toleration[]; taints: Taint[]; want: string }[] = [
    { name: "no taint", tolerations: [], taints: [], want: "fits" },
    { name: "an untolerated taint", tolerations: [], taints: [taint("k", "NoSchedule")], want: kept },
    {
      name: "an untolerated taint that also evicts",
      tolerations: [],
      taints: [taint("k", "NoExecute")],
      want: kept,
    },
    {
      name: "a taint to be avoided only",
      tolerations: [],
      taints: [taint("k", "PreferNoSchedule")],
      want: "fits",
    },
    {
      name: "the same value",
      tolerations: [{ key: "k", operator: "Equal", value: "v", effect: "NoSchedule" }],
      taints: [taint("k", "NoSchedule")],
      want: "fits",
    },
    {
      name: "another value",
      tolerations: [{ key: "k", value: "w", effect: "NoSchedule" }],
      taints: [taint("k", "NoSchedule")],
      want: kept,
    },
    {
      name: "any value",
      tolerations: [{ key: "k", operator: "Exists", effect: "NoSchedule" }],
      taints: [taint("k", "NoSchedule")],
      want: "fits",
    },
    {
      name: "another effect",
      tolerations: [{ key: "k", operator: "Exists", effect: "NoExecute" }],
      taints: [taint("k", "NoSchedule")],
      want: kept,
    },
    {
      name: "any effect",
      tolerations: [{ key: "k", operator: "Exists" }],
      taints: [taint("k", "NoSchedule")],
      want: "fits",
    },
    {
      name: "everything tolerated",
      tolerations: [{ operator: "Exists" }],
      taints: [taint("k", "NoSchedule"), taint("l", "NoExecute")],
      want: "fits",
    },
    {
      name: "one of two tolerated",
      tolerations: [{ key: "k", operator: "Exists" }],
      taints: [taint("k", "NoSchedule"), taint("l", "NoExecute")],
      want: kept,
    },
  ];

  test.each(cases)("$name: $want", ({ tolerations, taints, want }) => {
    const nodes = [tainted("n", ...taints)];
    expect(verdicts(taintTolerationPlugin, podWith(...tolerations), { nodes })).toEqual({ n: want });
  });
});

describe("the score", () => {
  test("is full where nothing is disliked", () => {
    const nodes = [tainted("none"), tainted("hard", taint("k", "NoSchedule"))];
    expect(points(taintTolerationPlugin, podWith(), { nodes })).toEqual({ none: 100, hard: 100 });
  });

  test("falls with the number of disliked taints", () => {
    const [a, b, c] = [
      taint("a", "PreferNoSchedule"),
      taint("b", "PreferNoSchedule"),
      taint("c", "PreferNoSchedule"),
    ];
    const nodes = [tainted("one", a), tainted("two", a, b), tainted("three", a, b, c)];
    const pod = podWith({ key: "a", operator: "Exists", effect: "PreferNoSchedule" });
    expect(points(taintTolerationPlugin, pod, { nodes })).toEqual({ one: 100, two: 50, three: 0 });
  });

  test("knows only tolerations that concern dislikes", () => {
    const nodes = [tainted("none"), tainted("one", taint("a", "PreferNoSchedule"))];
    const pod = podWith({ key: "a", operator: "Exists", effect: "NoSchedule" });
    expect(points(taintTolerationPlugin, pod, { nodes })).toEqual({ none: 100, one: 0 });
  });
});

describe("a retry", () => {
  const bad = tainted("n", taint("k", "NoSchedule"));
  const good = tainted("n");
  const cases = [
    { name: "a node without taints comes", change: { object: good }, action: "Add", want: true },
    { name: "a node with the taint comes", change: { object: bad }, action: "Add", want: false },
    {
      name: "the taint goes",
      change: { previous: bad, object: good },
      action: "UpdateNodeTaint",
      want: true,
    },
    {
      name: "the taint comes",
      change: { previous: good, object: bad },
      action: "UpdateNodeTaint",
      want: false,
    },
    {
      name: "nothing changes",
      change: { previous: good, object: good },
      action: "UpdateNodeTaint",
      want: false,
    },
    { name: "the node goes", change: { previous: bad }, action: "Delete", want: false },
  ] as const;

  test.each(cases)("when $name: $want", ({ change, action, want }) => {
    expect(wantsRetry(taintTolerationPlugin, podWith(), { resource: "Node", action, change })).toBe(want);
  });

  test("when the pod tolerates more", () => {
    const change = { previous: podWith(), object: podWith({ operator: "Exists" }) };
    const event = { resource: "UnschedulablePod", action: "UpdatePodToleration", change } as const;
    expect(wantsRetry(taintTolerationPlugin, podWith(), event)).toBeTrue();
  });
});
