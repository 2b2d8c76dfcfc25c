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

export function filterStateOf(pod: PodInfo, { snapshot, listers }: Cycle): FilterState {
  const namespaces = (): ReturnType<typeof listers.namespaces.list> => listers.namespaces.list();
  const required = pod.affinity.required.map((term) => inNamespaces(term, namespaces));
  const requiredAnti = pod.affinity.requiredAnti.map((term) => inNamespaces(term, namespaces));
  const namespaceLabels = listers.namespaces.get("", pod.namespace)?.metadata.labels;
  const hasOwnTerms = required.length + requiredAnti.length > 0;
  const others = hasOwnTerms ? snapshot.nodes : [];
  return {
    required,
    requiredAnti,
    namespaceLabels,
    wanted: count(others, allPods, (other) => wantedLabels(required, other)),
    unwanted: count(others, allPods, (other) => unwantedLabels(requiredAnti, other)),
    unwilling: count(
      snapshot.nodesWithRequiredAntiAffinity,
      ({ podsWithRequiredAntiAffinity }) => podsWithRequiredAntiAffinity,
      (other) => unwillingLabels(other, pod, namespaceLabels),
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

const allPods = ({ pods }: NodeInfo): readonly PodInfo[] => pods;

function count(
  nodes: readonly NodeInfo[],
  podsOf: (node: NodeInfo) => readonly PodInfo[],
  labelsFor: (other: PodInfo) => readonly string[],
): TopologyCounts {
  return TopologyCounts.of(
    nodes.flatMap((node) =>
      podsOf(node).flatMap((other) => labelsFor(other).map((label) => ({ node, label }))),
    ),
  );
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

const NONE: readonly string[] = [];

function labelsOfMatching(
  terms: readonly AffinityTerm[],
  pod: PodInfo["pod"],
  namespaceLabels: Labels | undefined,
): readonly string[] {
  if (terms.length === 0) return NONE;
  return terms
    .filter((term) => matchesTerm(term, pod, namespaceLabels))
    .map(({ topologyKey }) => topologyKey);
}
