import { isPodActive, isPodReady, readySince } from "#api/core/v1/pod-status.ts";
import type { Pod } from "#api/generated/core-v1.ts";

/** Phases in the order in which pods go. */
const PHASES: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 };

/** What is compared of a pod, found once and not in every comparison. */
interface Ranked {
  readonly pod: Pod;
  readonly node: string;
  readonly phase: number;
  readonly isReady: boolean;
  readonly deletionCost: number;
  /** How many related pods are on its node. */
  readonly companions: number;
  readonly readySince: number | undefined;
  readonly restarts: number;
  readonly sidecarRestarts: number;
  readonly createdAt: number | undefined;
}

/**
 * The pods in the order in which they are dispensable (upstream `ActivePodsWithRanks`): unassigned ones, those in an
 * early phase, those that are not ready, cheap ones, those with many companions on their node, the youngest, those
 * that restarted often.
 */
export function orderForDeletion(
  pods: readonly Pod[],
  relatedPods: readonly Pod[],
  now: Date,
): readonly Pod[] {
  const companions = new Map<string, number>();
  for (const { spec } of relatedPods.filter(isPodActive)) {
    const node = spec.nodeName ?? "";
    companions.set(node, (companions.get(node) ?? 0) + 1);
  }
  const compare = (a: Ranked, b: Ranked): number => compareRanked(a, b, now.getTime());
  return pods
    .map((pod) => rank(pod, companions))
    .toSorted(compare)
    .map(({ pod }) => pod);
}

function rank(pod: Pod, companions: ReadonlyMap<string, number>): Ranked {
  const node = pod.spec.nodeName ?? "";
  const { creationTimestamp } = pod.metadata;
  return {
    pod,
    node,
    phase: PHASES[pod.status?.phase ?? ""] ?? 0,
    isReady: isPodReady(pod),
    deletionCost: deletionCost(pod),
    companions: companions.get(node) ?? 0,
    readySince: readySince(pod),
    ...restartsOf(pod),
    createdAt: typeof creationTimestamp === "string" ? Date.parse(creationTimestamp) : undefined,
  };
}

function compareRanked(a: Ranked, b: Ranked, nowMs: number): number {
  return (
    Number(a.node !== "") - Number(b.node !== "") ||
    a.phase - b.phase ||
    Number(a.isReady) - Number(b.isReady) ||
    a.deletionCost - b.deletionCost ||
    b.companions - a.companions ||
    (a.isReady && b.isReady ? compareAges(a, b, a.readySince, b.readySince, nowMs) : 0) ||
    b.restarts - a.restarts ||
    b.sidecarRestarts - a.sidecarRestarts ||
    compareAges(a, b, a.createdAt, b.createdAt, nowMs) ||
    compareUids(a, b)
  );
}

/**
 * The younger one first, but of two ages within the same power of two either: so that repeated scaling does not
 * always spare the oldest pods (KEP-2185). What has no time counts as the youngest.
 */
function compareAges(
  a: Ranked,
  b: Ranked,
  timeA: number | undefined,
  timeB: number | undefined,
  nowMs: number,
): number {
  if (timeA === timeB) return 0;
  if (timeA === undefined || timeB === undefined) return timeA === undefined ? -1 : 1;
  return logarithmicAge(timeA, nowMs) - logarithmicAge(timeB, nowMs) || compareUids(a, b);
}

/** Go counts a Duration in nanoseconds. */
function logarithmicAge(timeMs: number, nowMs: number): number {
  const age = (nowMs - timeMs) * 1e6;
  return age > 0 ? Math.trunc(Math.log2(age)) : -1;
}

function compareUids(a: Ranked, b: Ranked): number {
  return a.pod.metadata.uid < b.pod.metadata.uid ? -1 : 1;
}

/** The annotation of KEP-2255; what is not a 32 bit integer in its plain form counts as 0. */
function deletionCost({ metadata }: Pod): number {
  const text = metadata.annotations?.["controller.kubernetes.io/pod-deletion-cost"] ?? "";
  const cost = /^-?(0|[1-9]\d*)$/.test(text) ? Number(text) : 0;
  return Math.abs(cost) <= 2 ** 31 - 1 ? cost : 0;
}

function restartsOf({ spec, status }: Pod): { readonly restarts: number; readonly sidecarRestarts: number } {
  const sidecars = new Set(
    (spec.initContainers ?? [])
      .filter(({ restartPolicy }) => restartPolicy === "Always")
      .map(({ name }) => name),
  );
  const sidecarStatuses = status?.initContainerStatuses?.filter(({ name }) => sidecars.has(name)) ?? [];
  return {
    restarts: mostRestarts(status?.containerStatuses ?? []),
    sidecarRestarts: mostRestarts(sidecarStatuses),
  };
}

function mostRestarts(statuses: readonly { readonly restartCount: number }[]): number {
  return Math.max(0, ...statuses.map(({ restartCount }) => restartCount));
}
