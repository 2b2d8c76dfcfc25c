import type { Labels } from "#apimachinery/selectors/label-requirement.ts";
import {
  type AffinityTerm,
  inNamespaces,
  matchesAllTerms,
  matchesTerm,
} from "../../framework/affinity-term.ts";
import type { NodeInfo } from "../../framework/node-info.ts";
import type { Cycle } from "../../framework/plugin.ts";
import type { PodInfo } from "../../framework/pod-info.ts";
import { TopologyCounts } from "./topology-counts.ts";

/** Where the pods are that have a say about the new one, or that it has a say about. */
export interface FilterState {
  /** The pod's own required terms, with all their namespaces named. */
  readonly required: readonly AffinityTerm[];
  readonly requiredAnti: readonly AffinityTerm[];
  /** The labels of the pod's namespace. */
  readonly namespaceLabels: Labels | undefined;
  /** Pods that satisfy all required terms. */
  readonly wanted: TopologyCounts;
  /** Pods that some anti-affinity term means. */
  readonly unwanted: TopologyCounts;
  /** Pods whose anti-affinity means the new one. */
  readonly unwilling: TopologyCounts;
}

export function filterStateOf(pod: PodInfo, { snapshot, listers, memo }: Cycle): FilterState {
  const namespaces = (): ReturnType<typeof listers.namespaces.list> => listers.namespaces.list();
  const required = pod.affinity.required.map((term) => inNamespaces(term, namespaces));
  const requiredAnti = pod.affinity.requiredAnti.map((term) => inNamespaces(term, namespaces));
  const namespaceLabels = listers.namespaces.get("", pod.namespace)?.metadata.labels;
  const termsKey = JSON.stringify([
    pod.namespace,
    pod.pod.spec.affinity,
    [...required, ...requiredAnti].map((term) => [...term.namespaces]),
  ]);
  const podKey = JSON.stringify([pod.namespace, namespaceLabels, pod.pod.metadata.labels]);
  return {
    required,
    requiredAnti,
    namespaceLabels,
    wanted: TopologyCounts.of(
      required.length === 0 ? [] : snapshot.nodes,
      memo.of(`InterPodAffinity wanted ${termsKey}`, ({ pods }) =>
        labelsOf(pods, (other) => wantedLabels(required, other)),
      ),
    ),
    unwanted: TopologyCounts.of(
      requiredAnti.length === 0 ? [] : snapshot.nodes,
      memo.of(`InterPodAffinity unwanted ${termsKey}`, ({ pods }) =>
        labelsOf(pods, (other) => unwantedLabels(requiredAnti, other)),
      ),
    ),
    unwilling: TopologyCounts.of(
      snapshot.nodesWithRequiredAntiAffinity,
      memo.of(`InterPodAffinity unwilling ${podKey}`, ({ podsWithRequiredAntiAffinity }) =>
        labelsOf(podsWithRequiredAntiAffinity, (other) => unwillingLabels(other, pod, namespaceLabels)),
      ),
    ),
  };
}

/** The state with one pod more or less on the node. */
export function changeFilterState(
  state: FilterState,
  pod: PodInfo,
  { other, node, amount }: { readonly other: PodInfo; readonly node: NodeInfo; readonly amount: 1 | -1 },
): FilterState {
  const { required, requiredAnti, namespaceLabels } = state;
  return {
    ...state,
    wanted: state.wanted.with(node, wantedLabels(required, other), amount),
    unwanted: state.unwanted.with(node, unwantedLabels(requiredAnti, other), amount),
    unwilling: state.unwilling.with(node, unwillingLabels(other, pod, namespaceLabels), amount),
  };
}

const NONE: readonly string[] = [];

/** The labels that all the pods count for. */
function labelsOf(
  pods: readonly PodInfo[],
  labelsFor: (pod: PodInfo) => readonly string[],
): readonly string[] {
  let all = NONE;
  for (const pod of pods) {
    const labels = labelsFor(pod);
    if (labels.length > 0) all = [...all, ...labels];
  }
  return all;
}

/** One pod must satisfy all terms. */
function wantedLabels(required: readonly AffinityTerm[], { pod }: PodInfo): readonly string[] {
  return matchesAllTerms(required, pod) ? required.map(({ topologyKey }) => topologyKey) : NONE;
}

function unwantedLabels(requiredAnti: readonly AffinityTerm[], { pod }: PodInfo): readonly string[] {
  return labelsOfMatching(requiredAnti, pod, undefined);
}

function unwillingLabels(
  { affinity }: PodInfo,
  { pod }: PodInfo,
  namespaceLabels: Labels | undefined,
): readonly string[] {
  return labelsOfMatching(affinity.requiredAnti, pod, namespaceLabels);
}

function labelsOfMatching(
  terms: readonly AffinityTerm[],
  pod: PodInfo["pod"],
  namespaceLabels: Labels | undefined,
): readonly string[] {
  let labels = NONE;
  for (const term of terms) {
    if (matchesTerm(term, pod, namespaceLabels)) labels = [...labels, term.topologyKey];
  }
  return labels;
}
