import { describe, expect, test } from "bun:test";
import type { NodeSelectorTerm, PodSpec, PreferredSchedulingTerm } from "#api/generated/core-v1.ts";
import { aNode, aPod } from "#testing/objects.ts";
import { points, verdicts, wantsRetry } from "#testing/scheduling.ts";
import { nodeAffinityPlugin, REASON_CONFLICT, REASON_NODE_AFFINITY } from "./node-affinity.ts";

const NO = `UnschedulableAndUnresolvable: ${REASON_NODE_AFFINITY}`;

const nodes = [
  aNode("ssd-1", { labels: { disk: "ssd", size: "10" } }),
  aNode("hdd-1", { labels: { disk: "hdd", size: "20" } }),
  aNode("bare-1"),
];

const requiring = (...nodeSelectorTerms: readonly NodeSelectorTerm[]) => ({
  affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } },
});

const preferring = (...terms: readonly PreferredSchedulingTerm[]) =>
  aPod("a", {
    spec: { affinity: { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: terms } } },
  });

const expression = (
  operator: "In" | "NotIn" | "Gt" | "Lt" | "Exists" | "DoesNotExist",
  ...values: string[]
) => {
  const key = operator === "Gt" || operator === "Lt" ? "size" : "disk";
  return { matchExpressions: [{ key, operator, ...(values.length > 0 && { values }) }] };
};

const named = (operator: "In" | "NotIn", ...values: string[]) => ({
  matchFields: [{ key: "metadata.name", operator, values }],
});

describe("the filter", () => {
  const cases: { name: string; spec: Partial<PodSpec>; want: string[] }[] = [
    { name: "nothing asked for", spec: {}, want: ["ssd-1", "hdd-1", "bare-1"] },
    { name: "a nodeSelector", spec: { nodeSelector: { disk: "ssd" } }, want: ["ssd-1"] },
    { name: "an empty nodeSelector", spec: { nodeSelector: {} }, want: ["ssd-1", "hdd-1", "bare-1"] },
    { name: "In", spec: requiring(expression("In", "ssd", "nvme")), want: ["ssd-1"] },
    { name: "NotIn", spec: requiring(expression("NotIn", "ssd")), want: ["hdd-1", "bare-1"] },
    { name: "Exists", spec: requiring(expression("Exists")), want: ["ssd-1", "hdd-1"] },
    { name: "DoesNotExist", spec: requiring(expression("DoesNotExist")), want: ["bare-1"] },
    { name: "Gt", spec: requiring(expression("Gt", "10")), want: ["hdd-1"] },
    { name: "Lt", spec: requiring(expression("Lt", "20")), want: ["ssd-1"] },
    { name: "Gt of no number", spec: requiring(expression("Gt", "x")), want: [] },
    { name: "no term", spec: requiring(), want: [] },
    { name: "an empty term", spec: requiring({}), want: [] },
    {
      name: "one of two terms",
      spec: requiring(expression("In", "ssd"), expression("DoesNotExist")),
      want: ["ssd-1", "bare-1"],
    },
    {
      name: "both nodeSelector and affinity",
      spec: { nodeSelector: { disk: "ssd" }, ...requiring(expression("In", "hdd")) },
      want: [],
    },
    { name: "another name", spec: requiring(named("NotIn", "ssd-1")), want: ["hdd-1", "bare-1"] },
    {
      name: "an unknown field",
      spec: requiring({ matchFields: [{ key: "x", operator: "In", values: ["y"] }] } as const),
      want: [],
    },
  ];

  test.each(cases)("$name: $want", ({ spec, want }) => {
    const found = verdicts(nodeAffinityPlugin, aPod("a", { spec }), { nodes });
    const expected = nodes.map(({ metadata: { name } }) => [name, want.includes(name) ? "fits" : NO]);
    expect(found).toEqual(Object.fromEntries(expected) as Record<string, string>);
  });

  test("asks only nodes that are named in all terms", () => {
    const pod = aPod("a", { spec: requiring(named("In", "hdd-1"), named("In", "bare-1")) });
    expect(verdicts(nodeAffinityPlugin, pod, { nodes })).toEqual({
      "ssd-1": "not asked",
      "hdd-1": "fits",
      "bare-1": "fits",
    });
  });

  test("asks all nodes when one term names none", () => {
    const pod = aPod("a", { spec: requiring(named("In", "hdd-1"), expression("In", "ssd")) });
    expect(verdicts(nodeAffinityPlugin, pod, { nodes })).toEqual({
      "ssd-1": "fits",
      "hdd-1": "fits",
      "bare-1": NO,
    });
  });

  test("sees terms that no node can satisfy", () => {
    const { matchFields } = named("In", "hdd-1");
    const both = { matchFields: [...matchFields, ...named("In", "ssd-1").matchFields] };
    const pod = aPod("a", { spec: requiring(both) });
    const conflict = `UnschedulableAndUnresolvable: ${REASON_CONFLICT}`;
    expect(verdicts(nodeAffinityPlugin, pod, { nodes: nodes.slice(0, 1) })).toEqual({ "ssd-1": conflict });
  });
});

describe("the score", () => {
  test("is none for a pod without preferences", () => {
    expect(points(nodeAffinityPlugin, aPod("a"), { nodes })).toBe("skip");
  });

  test("is the sum of the weights in proportion to the best node", () => {
    const pod = preferring(
      { weight: 3, preference: expression("Exists") },
      { weight: 9, preference: expression("In", "ssd") },
      { weight: 0, preference: expression("DoesNotExist") },
      { weight: 5, preference: {} },
    );
    expect(points(nodeAffinityPlugin, pod, { nodes })).toEqual({ "ssd-1": 100, "hdd-1": 25, "bare-1": 0 });
  });
});

describe("a retry", () => {
  const [ssd, , bare] = nodes;
  const pod = aPod("a", { spec: requiring(expression("In", "ssd")) });
  const relabeled = aNode("bare-1", { labels: { disk: "ssd" } });
  const cases = [
    { name: "a node that matches comes", change: { object: ssd }, want: true },
    { name: "a node that does not match comes", change: { object: bare }, want: false },
    { name: "a node is relabeled to match", change: { previous: bare, object: relabeled }, want: true },
    { name: "a node matched before", change: { previous: ssd, object: ssd }, want: false },
  ];

  test.each(cases)("when $name: $want", ({ change, want }) => {
    const { previous, object } = change;
    if (object === undefined) throw new TypeError("Expected a node");
    const action = previous === undefined ? "Add" : "UpdateNodeLabel";
    const event = { resource: "Node", action, change: { ...(previous && { previous }), object } } as const;
    expect(wantsRetry(nodeAffinityPlugin, pod, event)).toBe(want);
  });
});
