/** Which changes may help a pod that was rejected for its affinity to other pods, or for theirs. */
import type { Node, Pod } from "#api/generated/core-v1.ts";
import { ownValue } from "#base/own-value.ts";
import { matchesAllTerms } from "../../framework/affinity-term.ts";
import type { Changed } from "../../framework/cluster-event.ts";
import { type PodInfo, podInfoOf } from "../../framework/pod-info.ts";

export function podMayHelp({ pod, affinity }: PodInfo, { previous, object }: Changed<Pod>): boolean {
  const { required, requiredAnti } = affinity;
  if (previous !== undefined && object?.metadata.uid === pod.metadata.uid) return true;
  if ([previous, object].some((each) => each !== undefined && !isPlaced(each))) return false;
  if (object === undefined) {
    return (
      matchesAllTerms(requiredAnti, previous) ||
      matchesAllTerms(podInfoOf(previous).affinity.requiredAnti, pod)
    );
  }
  if (previous === undefined) return matchesAllTerms(required, object);
  const isNewlyWanted = !matchesAllTerms(required, previous) && matchesAllTerms(required, object);
  const isNoLongerUnwanted =
    matchesAllTerms(requiredAnti, previous) && !matchesAllTerms(requiredAnti, object);
  return isNewlyWanted || isNoLongerUnwanted;
}

export function nodeMayHelp({ affinity }: PodInfo, { previous, object }: Changed<Node>): boolean {
  const before = (label: string): string | undefined => ownValue(previous?.metadata.labels ?? {}, label);
  const after = (label: string): string | undefined => ownValue(object?.metadata.labels ?? {}, label);
  const hasMoved = (label: string): boolean => before(label) !== after(label);
  const hasComeIn = affinity.required.some(
    ({ topologyKey }) => after(topologyKey) !== undefined && hasMoved(topologyKey),
  );
  const hasGone = affinity.requiredAnti.some(
    ({ topologyKey }) =>
      previous === undefined || (before(topologyKey) !== undefined && hasMoved(topologyKey)),
  );
  return hasComeIn || hasGone;
}

function isPlaced({ spec, status }: Pod): boolean {
  return (spec.nodeName ?? "") !== "" || (status?.nominatedNodeName ?? "") !== "";
}
