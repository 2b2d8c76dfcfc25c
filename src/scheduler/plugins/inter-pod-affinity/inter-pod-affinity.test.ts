import { describe, expect, test } from "bun:test";
import type { Affinity, Pod, PodAffinityTerm, PodSpec } from "#api/generated/core-v1.ts";
import { aNamespace, aNode, aPod } from "#testing/objects.ts";
import { aCycle, aFramework, points, verdicts, wantsRetry } from "#testing/scheduling.ts";
import { podInfoOf } from "../../framework/pod-info.ts";
import { addToFilters, removeFromFilters, runFilters, runPreFilters } from "../../framework/run-filters.ts";
import {
  interPodAffinityPlugin,
  REASON_AFFINITY,
  REASON_ANTI_AFFINITY,
  REASON_EXISTING_ANTI_AFFINITY,
} from "./inter-pod-affinity.ts";

const FITS = "fits";
const FAR = `UnschedulableAndUnresolvable: ${REASON_AFFINITY}`;
const NEAR = `Unschedulable: ${REASON_ANTI_AFFINITY}`;
const UNWANTED = `Unschedulable: ${REASON_EXISTING_ANTI_AFFINITY}`;

/** Two nodes in zone 1, one in zone 2. */
const nodes = [
  aNode("a", { labels: { zone: "1" } }),
  aNode("b", { labels: { zone: "1" } }),
  aNode("c", { labels: { zone: "2" } }),
];

/** A term that means pods of an app by where they are. */
function term(app: string, topologyKey = "zone", more: Partial<PodAffinityTerm> = {}): PodAffinityTerm {
  return { topologyKey, labelSelector: { matchLabels: { app } }, ...more };
}

interface Wishes {
  readonly near?: readonly PodAffinityTerm[];
  readonly away?: readonly PodAffinityTerm[];
  readonly ratherNear?: readonly (PodAffinityTerm & { readonly weight: number })[];
  readonly ratherAway?: readonly (PodAffinityTerm & { readonly weight: number })[];
}

function affinityOf({ near, away, ratherNear, ratherAway }: Wishes): Affinity {
  const required = (terms: Wishes["near"]) =>
    terms && { requiredDuringSchedulingIgnoredDuringExecution: terms };
  const preferred = (terms: Wishes["ratherNear"]) =>
    terms && {
      preferredDuringSchedulingIgnoredDuringExecution: terms.map(({ weight, ...podAffinityTerm }) => ({
        weight,
        podAffinityTerm,
      })),
    };
  return {
    ...((near ?? ratherNear) && { podAffinity: { ...required(near), ...preferred(ratherNear) } }),
    ...((away ?? ratherAway) && { podAntiAffinity: { ...required(away), ...preferred(ratherAway) } }),
  };
}

function podOf(
  app: string,
  {
    wishes,
    node,
    namespace = "default",
    name = `${app}-${node ?? "new"}`,
  }: {
    wishes?: Wishes;
    node?: string;
    namespace?: string;
    name?: string;
  } = {},
): Pod {
  const spec: Partial<PodSpec> = {
    ...(wishes && { affinity: affinityOf(wishes) }),
    ...(node !== undefined && { nodeName: node }),
  };
  return aPod(name, { namespace, labels: { app }, spec });
}

describe("the filter", () => {
  const cases: { name: string; pod: Pod; pods?: Pod[]; want: string[] }[] = [
    { name: "no wishes", pod: podOf("web"), pods: [podOf("db", { node: "a" })], want: [FITS, FITS, FITS] },
    {
      name: "near a pod in the zone",
      pod: podOf("web", { wishes: { near: [term("db")] } }),
      pods: [podOf("db", { node: "a" })],
      want: [FITS, FITS, FAR],
    },
    {
      name: "near a pod on the node",
      pod: podOf("web", { wishes: { near: [term("db", "kubernetes.io/hostname")] } }),
      pods: [podOf("db", { node: "a" })],
      want: [FITS, FAR, FAR],
    },
    {
      name: "near a pod that is nowhere",
      pod: podOf("web", { wishes: { near: [term("db")] } }),
      want: [FAR, FAR, FAR],
    },
    {
      name: "near a pod of another namespace",
      pod: podOf("web", { wishes: { near: [term("db")] } }),
      pods: [podOf("db", { node: "a", namespace: "other" })],
      want: [FAR, FAR, FAR],
    },
    {
      name: "near a pod of a named namespace",
      pod: podOf("web", { wishes: { near: [term("db", "zone", { namespaces: ["other"] })] } }),
      pods: [podOf("db", { node: "a", namespace: "other" })],
      want: [FITS, FITS, FAR],
    },
    {
      name: "near a pod of a selected namespace",
      pod: podOf("web", {
        wishes: { near: [term("db", "zone", { namespaceSelector: { matchLabels: { team: "data" } } })] },
      }),
      pods: [podOf("db", { node: "c", namespace: "data" }), podOf("db", { node: "a" })],
      want: [FAR, FAR, FITS],
    },
    {
      name: "near a pod of any namespace",
      pod: podOf("web", { wishes: { near: [term("db", "zone", { namespaceSelector: {} })] } }),
      pods: [podOf("db", { node: "c", namespace: "other" })],
      want: [FAR, FAR, FITS],
    },
    {
      name: "one pod must satisfy all terms",
      pod: podOf("web", { wishes: { near: [term("db"), term("cache")] } }),
      pods: [podOf("db", { node: "a" }), podOf("cache", { node: "a" })],
      want: [FAR, FAR, FAR],
    },
    {
      name: "the first of a series starts anywhere",
      pod: podOf("web", { wishes: { near: [term("web")] } }),
      want: [FITS, FITS, FITS],
    },
    {
      name: "the second of a series follows",
      pod: podOf("web", { wishes: { near: [term("web")] } }),
      pods: [podOf("web", { node: "c" })],
      want: [FAR, FAR, FITS],
    },
    {
      name: "a topology that no node knows",
      pod: podOf("web", { wishes: { near: [term("web", "rack")] } }),
      want: [FAR, FAR, FAR],
    },
    {
      name: "away from a pod in the zone",
      pod: podOf("web", { wishes: { away: [term("db")] } }),
      pods: [podOf("db", { node: "a" })],
      want: [NEAR, NEAR, FITS],
    },
    {
      name: "away from a pod in a topology that no node knows",
      pod: podOf("web", { wishes: { away: [term("db", "rack")] } }),
      pods: [podOf("db", { node: "a" })],
      want: [FITS, FITS, FITS],
    },
    {
      name: "each of two terms keeps away",
      pod: podOf("web", { wishes: { away: [term("db"), term("cache")] } }),
      pods: [podOf("db", { node: "a" }), podOf("cache", { node: "c" })],
      want: [NEAR, NEAR, NEAR],
    },
    {
      name: "a pod that wants to be alone",
      pod: podOf("web"),
      pods: [podOf("db", { node: "a", wishes: { away: [term("web")] } })],
      want: [UNWANTED, UNWANTED, FITS],
    },
    {
      name: "a pod of another namespace that wants to be alone",
      pod: podOf("web"),
      pods: [podOf("db", { node: "a", namespace: "other", wishes: { away: [term("web")] } })],
      want: [FITS, FITS, FITS],
    },
    {
      name: "a pod that selects this namespace and wants to be alone",
      pod: podOf("web", { namespace: "data" }),
      pods: [
        podOf("db", {
          node: "a",
          wishes: { away: [term("web", "zone", { namespaceSelector: { matchLabels: { team: "data" } } })] },
        }),
      ],
      want: [UNWANTED, UNWANTED, FITS],
    },
    {
      name: "what both want",
      pod: podOf("web", { wishes: { near: [term("db")], away: [term("web", "kubernetes.io/hostname")] } }),
      pods: [podOf("db", { node: "a" }), podOf("web", { node: "a" })],
      want: [NEAR, FITS, FAR],
    },
  ];

  test.each(cases)("$name", ({ pod, pods = [], want }) => {
    const objects = [
      aNamespace("default"),
      aNamespace("data", { labels: { team: "data" } }),
      aNamespace("other"),
    ];
    const [a = "", b = "", c = ""] = want;
    expect(verdicts(interPodAffinityPlugin, pod, { nodes, pods, objects })).toEqual({ a, b, c });
  });

  test("says what is wrong with a selector that cannot be used", () => {
    const broken: PodAffinityTerm = {
      topologyKey: "zone",
      labelSelector: { matchExpressions: [{ key: "app", operator: "In", values: [] }] },
    };
    const pod = podOf("web", { wishes: { near: [broken] } });
    const [verdict] = Object.values(verdicts(interPodAffinityPlugin, pod, { nodes }));
    expect(verdict).toStartWith("UnschedulableAndUnresolvable: parsing pod: ");
  });

  test("follows pods that are added and removed in thought", () => {
    const pod = podInfoOf(podOf("web", { wishes: { away: [term("db")] } }));
    const other = podInfoOf(podOf("db", { node: "a" }));
    const cycle = aCycle({ nodes });
    const node = cycle.snapshot.get("b");
    if (node === undefined) throw new TypeError("Expected the node");
    const { filters } = runPreFilters(aFramework(interPodAffinityPlugin), pod, cycle);
    const crowded = addToFilters(filters, pod, other, node);
    expect(runFilters(crowded, pod, node)?.reasons).toEqual([REASON_ANTI_AFFINITY]);
    expect(runFilters(removeFromFilters(crowded, pod, other, node), pod, node)).toBeUndefined();
    expect(runFilters(filters, pod, node)).toBeUndefined();
  });
});

describe("the score", () => {
  const cases: { name: string; pod: Pod; pods: Pod[]; want: number[] | "skip" }[] = [
    { name: "nobody has wishes", pod: podOf("web"), pods: [podOf("db", { node: "a" })], want: "skip" },
    {
      name: "the pod would rather be near",
      pod: podOf("web", { wishes: { ratherNear: [{ weight: 5, ...term("db") }] } }),
      pods: [podOf("db", { node: "c" })],
      want: [0, 0, 100],
    },
    {
      name: "the pod would rather be away",
      pod: podOf("web", { wishes: { ratherAway: [{ weight: 5, ...term("db") }] } }),
      pods: [podOf("db", { node: "c" })],
      want: [100, 100, 0],
    },
    {
      name: "wishes add up",
      pod: podOf("web", {
        wishes: {
          ratherNear: [
            { weight: 2, ...term("db") },
            { weight: 6, ...term("cache", "kubernetes.io/hostname") },
          ],
        },
      }),
      pods: [podOf("db", { node: "a" }), podOf("cache", { node: "b" })],
      want: [25, 100, 0],
    },
    {
      name: "somebody would like the pod near",
      pod: podOf("web"),
      pods: [podOf("db", { node: "c", wishes: { ratherNear: [{ weight: 5, ...term("web") }] } })],
      want: [0, 0, 100],
    },
    {
      name: "somebody would like the pod away",
      pod: podOf("web"),
      pods: [podOf("db", { node: "c", wishes: { ratherAway: [{ weight: 5, ...term("web") }] } })],
      want: [100, 100, 0],
    },
    {
      name: "somebody needed such a pod near",
      pod: podOf("web"),
      pods: [podOf("db", { node: "c", wishes: { near: [term("web")] } })],
      want: [0, 0, 100],
    },
    {
      name: "all nodes are alike",
      pod: podOf("web", { wishes: { ratherNear: [{ weight: 5, ...term("db") }] } }),
      pods: [podOf("db", { node: "a" }), podOf("db", { node: "c" })],
      want: [0, 0, 0],
    },
  ];

  test.each(cases)("$name: $want", ({ pod, pods, want }) => {
    const [a = 0, b = 0, c = 0] = want === "skip" ? [] : want;
    expect(points(interPodAffinityPlugin, pod, { nodes, pods })).toEqual(
      want === "skip" ? want : { a, b, c },
    );
  });
});

describe("a retry", () => {
  const near = podOf("web", { wishes: { near: [term("db")] } });
  const away = podOf("web", { wishes: { away: [term("db")] } });
  const db = podOf("db", { node: "a", name: "x" });
  const other = podOf("other", { node: "a", name: "x" });
  const pods: { name: string; rejected: Pod; previous?: Pod; object?: Pod; want: boolean }[] = [
    { name: "a wanted pod comes", rejected: near, object: db, want: true },
    { name: "another pod comes", rejected: near, object: other, want: false },
    { name: "a wanted pod comes that is on no node", rejected: near, object: podOf("db"), want: false },
    { name: "a pod becomes a wanted one", rejected: near, previous: other, object: db, want: true },
    { name: "an unwanted pod goes", rejected: away, previous: db, want: true },
    { name: "another pod goes", rejected: away, previous: other, want: false },
    { name: "a pod ceases to be unwanted", rejected: away, previous: db, object: other, want: true },
    { name: "a pod becomes unwanted", rejected: away, previous: other, object: db, want: false },
    {
      name: "a pod goes that wanted to be alone",
      rejected: podOf("web"),
      previous: podOf("db", { node: "a", wishes: { away: [term("web")] } }),
      want: true,
    },
    {
      name: "the pod itself is labeled otherwise",
      rejected: away,
      previous: away,
      object: { ...away, metadata: { ...away.metadata, labels: { app: "db" } } },
      want: true,
    },
  ];

  test.each(pods)("when $name: $want", ({ rejected, previous, object, want }) => {
    if (object === undefined) {
      if (previous === undefined) throw new TypeError("Expected a change");
      const gone = { resource: "AssignedPod", action: "Delete", change: { previous } } as const;
      expect(wantsRetry(interPodAffinityPlugin, rejected, gone)).toBe(want);
      return;
    }
    const action = previous === undefined ? "Add" : "UpdatePodLabel";
    const event = {
      resource: "AssignedPod",
      action,
      change: { ...(previous && { previous }), object },
    } as const;
    expect(wantsRetry(interPodAffinityPlugin, rejected, event)).toBe(want);
  });

  const zone = (value?: string) => aNode("n", value === undefined ? {} : { labels: { zone: value } });
  const changes = [
    { name: "a node with the label comes", rejected: near, before: undefined, after: zone("1"), want: true },
    { name: "a node without the label comes", rejected: near, before: undefined, after: zone(), want: false },
    { name: "any node comes", rejected: away, before: undefined, after: zone(), want: true },
    { name: "a node moves", rejected: near, before: zone("1"), after: zone("2"), want: true },
    { name: "a node moves away", rejected: away, before: zone("1"), after: zone("2"), want: true },
    { name: "a node leaves the topology", rejected: near, before: zone("1"), after: zone(), want: false },
    { name: "a node has left the topology", rejected: away, before: zone("1"), after: zone(), want: true },
    { name: "a node joins the topology", rejected: away, before: zone(), after: zone("1"), want: false },
  ];

  test.each(changes)("when $name: $want", ({ rejected, before, after, want }) => {
    const action = before === undefined ? "Add" : "UpdateNodeLabel";
    const change = { ...(before && { previous: before }), object: after };
    expect(wantsRetry(interPodAffinityPlugin, rejected, { resource: "Node", action, change })).toBe(want);
  });
});
