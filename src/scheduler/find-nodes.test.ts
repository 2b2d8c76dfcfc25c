import { describe, expect, test } from "bun:test";
import { aNode, aPod } from "#testing/objects.ts";
import { aCycle } from "#testing/scheduling.ts";
import { findNodes, nodesToFind, type Search } from "./find-nodes.ts";
import type { ActiveFilter } from "./framework/plugin.ts";
import { podInfoOf } from "./framework/pod-info.ts";
import { unschedulable } from "./framework/status.ts";

/** Takes every node but these. */
function refusing(...names: readonly string[]): readonly ActiveFilter[] {
  const plugin = {
    name: "Refusing",
    filter: (_state: unknown, _pod: unknown, { name }: { readonly name: string }) =>
      names.includes(name) ? unschedulable("refused") : undefined,
  };
  return [{ plugin, state: undefined }];
}

function search(count: number, more: Partial<Search> = {}): ReturnType<typeof findNodes> {
  const nodes = Array.from({ length: count }, (_, index) => aNode(`n${String(index)}`));
  return findNodes({
    pod: podInfoOf(aPod("a")),
    filters: refusing(),
    snapshot: aCycle({ nodes }).snapshot,
    nominated: { on: () => [] },
    percentageOfNodesToScore: undefined,
    startIndex: 0,
    ...more,
  });
}

const names = ({ feasible }: ReturnType<typeof findNodes>): readonly string[] =>
  feasible.map(({ name }) => name);

describe("nodesToFind", () => {
  test.each([
    { nodes: 10, percentage: undefined, want: 10 },
    { nodes: 99, percentage: 5, want: 99 },
    { nodes: 100, percentage: undefined, want: 100 },
    { nodes: 1000, percentage: undefined, want: 420 },
    { nodes: 6000, percentage: undefined, want: 300 },
    { nodes: 10_000, percentage: undefined, want: 500 },
    { nodes: 1000, percentage: 40, want: 400 },
    { nodes: 1000, percentage: 1, want: 100 },
    { nodes: 1000, percentage: 100, want: 1000 },
  ])("$want of $nodes, of which $percentage % should be compared", ({ nodes, percentage, want }) => {
    expect(nodesToFind(nodes, percentage)).toBe(want);
  });
});

describe("findNodes", () => {
  test("finds all of few nodes and says why the others cannot", () => {
    const found = search(4, { filters: refusing("n1") });
    expect(names(found)).toEqual(["n0", "n2", "n3"]);
    expect([...found.rejections.byNode]).toEqual([
      ["n1", { code: "Unschedulable", reasons: ["refused"], plugin: "Refusing" }],
    ]);
  });

  test("begins where the last search ended, so that all nodes get their turn", () => {
    const first = search(300);
    expect([names(first).at(0), names(first).length, first.nextStartIndex]).toEqual(["n0", 144, 144]);
    const second = search(300, { startIndex: first.nextStartIndex });
    expect([names(second).at(0), second.nextStartIndex]).toEqual(["n144", 288]);
    const third = search(300, { startIndex: second.nextStartIndex });
    expect([names(third).at(0), names(third).at(-1), third.nextStartIndex]).toEqual(["n288", "n131", 132]);
  });

  test("counts the nodes that were refused for where to begin next", () => {
    expect(search(300, { filters: refusing("n0", "n1") }).nextStartIndex).toBe(146);
  });

  test("looks only at the nodes that can do", () => {
    const only = { nodeNames: new Set(["n2", "gone"]), plugins: ["NodeAffinity"] };
    const found = search(4, { only });
    expect(names(found)).toEqual(["n2"]);
    expect(found.rejections.others.reasons).toEqual(["node(s) didn't satisfy plugin(s) [NodeAffinity]"]);
  });

  const promised = podInfoOf(aPod("a", { status: { nominatedNodeName: "n3" } }));

  test("takes the node that the pod was promised before all others", () => {
    const found = search(4, { pod: promised });
    expect(names(found)).toEqual(["n3"]);
    expect(found.nextStartIndex).toBe(0);
  });

  test("looks at all nodes when the promised one cannot run the pod", () => {
    expect(names(search(4, { pod: promised, filters: refusing("n3") }))).toEqual(["n0", "n1", "n2"]);
  });

  test("looks at all nodes when the promised one is gone", () => {
    expect(names(search(3, { pod: promised }))).toEqual(["n0", "n1", "n2"]);
  });
});
