/** Reads from a change of a pod or node what it may mean for pods that wait (upstream `framework/events.go`). */
import type { Node, NodeCondition, Pod } from "#api/generated/core-v1.ts";
import { semanticallyEqual } from "#api/validation/equality.ts";
import type { ClusterEvent, NodeAction, PodAction } from "../framework/cluster-event.ts";
import { effectiveRequests } from "../framework/pod-requests.ts";

export function eventsOfPodUpdate(previous: Pod, object: Pod): readonly ClusterEvent[] {
  const resource = (object.spec.nodeName ?? "") === "" ? "UnschedulablePod" : "AssignedPod";
  const found = POD_CHANGES.filter(([, isChanged]) => isChanged(previous, object)).map(([action]) => action);
  const actions: readonly PodAction[] = found.length > 0 ? found : ["Update"];
  return actions.map((action) => ({ resource, action, change: { previous, object } }));
}

export function eventsOfNodeUpdate(previous: Node, object: Node): readonly ClusterEvent[] {
  const actions = NODE_CHANGES.filter(([, isChanged]) => isChanged(previous, object)).map(
    ([action]) => action,
  );
  return [...new Set(actions)].map((action) => ({ resource: "Node", action, change: { previous, object } }));
}

const POD_CHANGES: readonly (readonly [PodAction, (previous: Pod, object: Pod) => boolean])[] = [
  ["UpdatePodLabel", (a, b) => !semanticallyEqual(a.metadata.labels, b.metadata.labels)],
  ["UpdatePodScaleDown", isScaledDown],
  [
    "UpdatePodSchedulingGatesEliminated",
    (a, b) => (a.spec.schedulingGates ?? []).length > 0 && (b.spec.schedulingGates ?? []).length === 0,
  ],
  // Tolerations can only be added.
  ["UpdatePodToleration", (a, b) => (a.spec.tolerations ?? []).length !== (b.spec.tolerations ?? []).length],
];

const NODE_CHANGES: readonly (readonly [NodeAction, (previous: Node, object: Node) => boolean])[] = [
  ["UpdateNodeTaint", (a, b) => a.spec.unschedulable === true && b.spec.unschedulable !== true],
  ["UpdateNodeAllocatable", (a, b) => !semanticallyEqual(a.status?.allocatable, b.status?.allocatable)],
  ["UpdateNodeLabel", (a, b) => !semanticallyEqual(a.metadata.labels, b.metadata.labels)],
  ["UpdateNodeTaint", (a, b) => !semanticallyEqual(a.spec.taints, b.spec.taints)],
  [
    "UpdateNodeCondition",
    (a, b) => !semanticallyEqual(statuses(a.status?.conditions), statuses(b.status?.conditions)),
  ],
  ["UpdateNodeAnnotation", (a, b) => !semanticallyEqual(a.metadata.annotations, b.metadata.annotations)],
  [
    "UpdateNodeDeclaredFeature",
    (a, b) => !semanticallyEqual(a.status?.declaredFeatures, b.status?.declaredFeatures),
  ],
];

function isScaledDown(previous: Pod, object: Pod): boolean {
  if (previous.spec === object.spec && previous.status === object.status) return false;
  const after = effectiveRequests(object);
  return Array.from(effectiveRequests(previous)).some(
    ([name, { nanos }]) => nanos > (after.get(name)?.nanos ?? -1n),
  );
}

function statuses(conditions: readonly NodeCondition[] = []): Readonly<Record<string, string>> {
  return Object.fromEntries(conditions.map(({ type, status }) => [type, status]));
}
