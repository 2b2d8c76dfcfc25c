/** Which changes may help a pod that was rejected because its kind would be spread unevenly. */
import type { Node, Pod } from "#api/generated/core-v1.ts";
import { semanticallyEqual } from "#api/validation/equality.ts";
import { ownValue } from "#base/own-value.ts";
import type { Changed } from "../../framework/cluster-event.ts";
import type { PodInfo } from "../../framework/pod-info.ts";
import { type Constraint, constraintsOf } from "./constraints.ts";

export function podMayHelp({ pod }: PodInfo, { previous, object }: Changed<Pod>): boolean {
  if ([previous, object].some((each) => each !== undefined && !isInvolved(each, pod))) return false;
  const constraints = constraintsOf(pod, "DoNotSchedule");
  if (previous !== undefined && object !== undefined) {
    return (
      toleratesMore(pod, previous, object, constraints) || isCountedOtherwise(previous, object, constraints)
    );
  }
  const { labels } = (object ?? previous).metadata;
  return constraints.some(({ matches }) => matches(labels));
}

export function nodeMayHelp({ pod }: PodInfo, { previous, object }: Changed<Node>): boolean {
  const constraints = constraintsOf(pod, "DoNotSchedule");
  const hadAll = previous !== undefined && hasAllLabels(previous, constraints);
  const hasAll = object !== undefined && hasAllLabels(object, constraints);
  if (previous === undefined || object === undefined) return hadAll || hasAll;
  if (hadAll !== hasAll) return true;
  const hasMoved = constraints.some(
    ({ topologyKey }) => labelOf(previous, topologyKey) !== labelOf(object, topologyKey),
  );
  return hasAll && (hasMoved || !semanticallyEqual(previous.spec.taints, object.spec.taints));
}

/** Of the pods that are on a node, those of the namespace are spread together. */
function isInvolved({ metadata, spec, status }: Pod, rejected: Pod): boolean {
  if (metadata.uid === rejected.metadata.uid) return true;
  const isPlaced = (spec.nodeName ?? "") !== "" || (status?.nominatedNodeName ?? "") !== "";
  return isPlaced && metadata.namespace === rejected.metadata.namespace;
}

/** Another toleration of the pod itself lets more nodes count. */
function toleratesMore(
  rejected: Pod,
  previous: Pod,
  object: Pod,
  constraints: readonly Constraint[],
): boolean {
  return (
    object.metadata.uid === rejected.metadata.uid &&
    !semanticallyEqual(previous.spec.tolerations, object.spec.tolerations) &&
    constraints.some(({ nodeTaintsPolicy }) => nodeTaintsPolicy === "Honor")
  );
}

function isCountedOtherwise(previous: Pod, object: Pod, constraints: readonly Constraint[]): boolean {
  return constraints.some(
    ({ matches }) => matches(previous.metadata.labels) !== matches(object.metadata.labels),
  );
}

function hasAllLabels(node: Node, constraints: readonly Constraint[]): boolean {
  return constraints.every(({ topologyKey }) => labelOf(node, topologyKey) !== undefined);
}

function labelOf({ metadata }: Node, name: string): string | undefined {
  return ownValue(metadata.labels ?? {}, name);
}
