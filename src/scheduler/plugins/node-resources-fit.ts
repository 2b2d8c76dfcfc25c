import type { Node, Pod } from "#api/generated/core-v1.ts";
import type { Changed } from "../framework/cluster-event.ts";
import { type Allocatable, type NodeInfo, nodeInfoOf } from "../framework/node-info.ts";
import { definePlugin } from "../framework/plugin.ts";
import type { PodInfo } from "../framework/pod-info.ts";
import { effectiveRequests } from "../framework/pod-requests.ts";
import { amountOf, type Resources, resourcesOf } from "../framework/resources.ts";
import { MAX_SCORE } from "../framework/run-scores.ts";
import type { Rejection } from "../framework/status.ts";

export const REASON_TOO_MANY_PODS = "Too many pods";

/** Takes nodes with enough free resources for the pod, and prefers those with the most left. */
export const nodeResourcesFitPlugin = definePlugin({
  name: "NodeResourcesFit",
  events: [
    { resource: "Pod", actions: ["Delete", "UpdatePodScaleDown"], mayHelp: freesResources },
    { resource: "Node", actions: ["Add", "UpdateNodeAllocatable"], mayHelp: offersResources },
  ],
  filter: (_state, pod, node) => checkFit(pod, node),
  // The strategy LeastAllocated with its defaults: CPU and memory count the same.
  score: (_state, { nonZeroRequests }, { allocatable, nonZeroRequested }) => {
    const cpu = freeShare(nonZeroRequested.milliCPU + nonZeroRequests.milliCPU, allocatable.milliCPU);
    const memory = freeShare(nonZeroRequested.memory + nonZeroRequests.memory, allocatable.memory);
    if (cpu === undefined || memory === undefined) return cpu ?? memory ?? 0;
    return Math.trunc((cpu + memory) / 2);
  },
});

/** All resources that are short, as one rejection; a pod that is too large for the empty node cannot be helped. */
function checkFit({ requests }: PodInfo, { allocatable, requested, pods }: NodeInfo): Rejection | undefined {
  let reasons: string[] | undefined;
  let isTooLarge = false;
  if (pods.length + 1 > allocatable.pods) reasons = [REASON_TOO_MANY_PODS];
  const check = (name: string, wanted: number, used: number, capacity: number): void => {
    if (wanted <= 0 || wanted <= capacity - used) return;
    reasons = [...(reasons ?? []), `Insufficient ${name}`];
    isTooLarge ||= wanted > capacity;
  };
  check("cpu", requests.milliCPU, requested.milliCPU, allocatable.milliCPU);
  check("memory", requests.memory, requested.memory, allocatable.memory);
  check(
    "ephemeral-storage",
    requests.ephemeralStorage,
    requested.ephemeralStorage,
    allocatable.ephemeralStorage,
  );
  for (const [name, wanted] of requests.scalars) {
    check(name, wanted, requested.scalars.get(name) ?? 0, allocatable.scalars.get(name) ?? 0);
  }
  return reasons && { code: isTooLarge ? "UnschedulableAndUnresolvable" : "Unschedulable", reasons };
}

/** Undefined where there is nothing to be used. */
function freeShare(used: number, capacity: number): number | undefined {
  if (capacity === 0) return undefined;
  return used > capacity ? 0 : Math.trunc(((capacity - used) * MAX_SCORE) / capacity);
}

function freesResources(rejected: PodInfo, { previous, object }: Changed<Pod>): boolean {
  if (object === undefined) return isPlaced(previous);
  if (object.metadata.uid === rejected.pod.metadata.uid) return true;
  if ((object.spec.nodeName ?? "") === "" || previous === undefined) return false;
  const before = resourcesOf(effectiveRequests(previous));
  const after = resourcesOf(effectiveRequests(object));
  return namesOf(rejected.requests).some((name) => amountOf(before, name) > amountOf(after, name));
}

function isPlaced({ spec, status }: Pod): boolean {
  return (spec.nodeName ?? "") !== "" || (status?.nominatedNodeName ?? "") !== "";
}

function offersResources(rejected: PodInfo, { previous, object }: Changed<Node>): boolean {
  if (object === undefined) return false;
  const after = nodeInfoOf(object);
  if (checkFit(rejected, after) !== undefined) return false;
  return (
    previous === undefined || hasGrown(rejected.requests, nodeInfoOf(previous).allocatable, after.allocatable)
  );
}

function hasGrown(requests: Resources, before: Allocatable, after: Allocatable): boolean {
  if (after.pods > before.pods) return true;
  return namesOf(requests).some((name) => amountOf(after, name) > amountOf(before, name));
}

/** What the pod asks for. */
function namesOf(requests: Resources): readonly string[] {
  return ["cpu", "memory", "ephemeral-storage", ...requests.scalars.keys()].filter(
    (name) => amountOf(requests, name) > 0,
  );
}
