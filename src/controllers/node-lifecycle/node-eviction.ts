import { isSameTaint } from "#api/core/v1/taints.ts";
import type { Node, Taint } from "#api/generated/core-v1.ts";
import type { Time } from "#apimachinery/generated/meta-v1.ts";
import { formatTime, parseTime } from "#apimachinery/time.ts";
import type { Action, Plan } from "#reconcile/action.ts";
import { defineController } from "#reconcile/controller.ts";
import { NODE_CONTROLLER, NOT_READY, readyCondition, UNREACHABLE, withTaints } from "./node-conditions.ts";

/** Between two nodes of a zone (upstream's `--node-eviction-rate` of 0.1 and `--secondary-node-eviction-rate` of 0.01). */
const INTERVAL_MS = 10_000;
const DISRUPTED_INTERVAL_MS = 100_000;
/** Upstream's `--large-cluster-size-threshold` and `--unhealthy-zone-threshold`. */
const LARGE_ZONE = 50;
const UNHEALTHY_SHARE = 0.55;

const EXCLUDED = "node.kubernetes.io/exclude-disruption";

const NOT_READY_TAINT: Taint = { key: NOT_READY, effect: "NoExecute" };
const UNREACHABLE_TAINT: Taint = { key: UNREACHABLE, effect: "NoExecute" };
const BOTH: readonly Taint[] = [NOT_READY_TAINT, UNREACHABLE_TAINT];

export interface NodeEvictionView {
  readonly nodes: readonly Node[];
  readonly now: Date;
}

type ZoneState = "normal" | "disrupted" | "lost";

/**
 * Drives pods off nodes that are not ready, by taints NoExecute: one node of a zone after the other, slower or not at
 * all where much of a zone is not ready, because then it is more likely the network than the nodes. When no node is
 * ready anywhere, nobody is driven off.
 */
export const nodeEvictionController = defineController<NodeEvictionView>({
  name: "node-eviction",
  account: "node-controller",
  component: NODE_CONTROLLER,
  workers: 1,
  primary: "Node",
  // One key for all nodes: what happens to one depends on the others.
  watches: [{ kind: "Node", wakes: () => [{ namespace: "", name: "" }], when: isDecisive }],
  writes: ["Node"],
  observe: (_ref, caches, now) => ({ nodes: caches.list("Node"), now }),
  plan: planNodeEviction,
});

function isDecisive(node: Node, previous: Node | undefined): boolean {
  return previous === undefined || factsOf(node) !== factsOf(previous);
}

function factsOf(node: Node): string {
  const { labels } = node.metadata;
  return JSON.stringify([readyCondition(node)?.status, node.spec.taints, zoneOf(node), labels?.[EXCLUDED]]);
}

export function planNodeEviction({ nodes, now }: NodeEvictionView): Plan {
  const zones = [...Map.groupBy(nodes, zoneOf).values()];
  const time = formatTime(now.getTime());
  const counted = zones.filter((zone) => zone.some(isCounted));
  if (counted.length > 0 && counted.every((zone) => stateOf(zone) === "lost")) {
    return { actions: nodes.flatMap((node) => update(node, withTaints(node, [], BOTH, time))) };
  }
  const plans = zones.map((zone) => planZone(zone, now));
  const waits = plans.flatMap(({ requeueAfterMs }) => requeueAfterMs ?? []);
  return {
    actions: plans.flatMap(({ actions }) => actions),
    ...(waits.length > 0 && { requeueAfterMs: Math.min(...waits) }),
  };
}

function planZone(zone: readonly Node[], now: Date): Plan {
  const time = formatTime(now.getTime());
  const actions = zone.flatMap((node) => update(node, adjusted(node, time)));
  const queue = zone.filter(isWaiting).toSorted((a, b) => compareTexts(queuedAt(a), queuedAt(b)));
  const [first] = queue;
  const intervalMs = intervalOf(zone);
  if (first === undefined || intervalMs === undefined) return { actions };
  const waitMs = lastTaintedAt(zone) + intervalMs - now.getTime();
  if (waitMs > 0) return { actions, requeueAfterMs: waitMs };
  const tainted = withTaints(first, wantedTaints(first), [], time);
  return {
    actions: [...actions, ...update(first, tainted)],
    ...(queue.length > 1 && { requeueAfterMs: intervalMs }),
  };
}

/** The node without taints that it should not have; one that has the other taint gets the right one at once. */
function adjusted(node: Node, time: Time): Node {
  const ready = readyCondition(node);
  if (ready === undefined) return node;
  const wanted = wantedTaints(node);
  const others = BOTH.filter((taint) => !wanted.includes(taint));
  return withTaints(node, others.some((taint) => hasTaint(node, taint)) ? wanted : [], others, time);
}

/** True for a node that should be tainted when its turn comes. */
function isWaiting(node: Node): boolean {
  return wantedTaints(node).length > 0 && !BOTH.some((taint) => hasTaint(node, taint));
}

function wantedTaints(node: Node): readonly Taint[] {
  const status = readyCondition(node)?.status;
  if (status === "False") return [NOT_READY_TAINT];
  return status === "Unknown" ? [UNREACHABLE_TAINT] : [];
}

function hasTaint({ spec }: Node, taint: Taint): boolean {
  return spec.taints?.some((each) => isSameTaint(each, taint)) ?? false;
}

/** Whoever is not ready for the longest time goes first. */
function queuedAt(node: Node): string {
  return `${readyCondition(node)?.lastTransitionTime ?? ""} ${node.metadata.name}`;
}

/** The rate is kept by what the nodes themselves say, so that it outlasts this process. */
function lastTaintedAt(zone: readonly Node[]): number {
  const times = zone
    .flatMap(({ spec }) => spec.taints ?? [])
    .filter((taint) => BOTH.some((each) => isSameTaint(each, taint)));
  return Math.max(
    0,
    ...times.map(({ timeAdded }) => (typeof timeAdded === "string" ? parseTime(timeAdded) : 0)),
  );
}

/** Undefined where nobody is driven off. */
function intervalOf(zone: readonly Node[]): number | undefined {
  if (stateOf(zone) !== "disrupted") return INTERVAL_MS;
  return zone.filter(isCounted).length > LARGE_ZONE ? DISRUPTED_INTERVAL_MS : undefined;
}

/** Upstream `ComputeZoneState`. */
function stateOf(zone: readonly Node[]): ZoneState {
  const counted = zone.filter(isCounted);
  const notReady = counted.filter((node) => readyCondition(node)?.status !== "True").length;
  if (notReady === counted.length && notReady > 0) return "lost";
  return notReady > 2 && notReady / counted.length >= UNHEALTHY_SHARE ? "disrupted" : "normal";
}

/** Some nodes say nothing about the health of their zone. */
function isCounted({ metadata }: Node): boolean {
  return metadata.labels?.[EXCLUDED] === undefined;
}

/** Upstream `GetZoneKey`. */
function zoneOf({ metadata: { labels = {} } }: Node): string {
  const region =
    labels["failure-domain.beta.kubernetes.io/region"] ?? labels["topology.kubernetes.io/region"] ?? "";
  const zone =
    labels["failure-domain.beta.kubernetes.io/zone"] ?? labels["topology.kubernetes.io/zone"] ?? "";
  return `${region}/${zone}`;
}

function update(node: Node, next: Node): readonly Action[] {
  return next === node ? [] : [{ type: "update", object: next }];
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
