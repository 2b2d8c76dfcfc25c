import {
  type AffinityTerm,
  inNamespaces,
  matchesTerm,
  type WeightedAffinityTerm,
} from "../../framework/affinity-term.ts";
import { labelOf, type NodeInfo } from "../../framework/node-info.ts";
import type { Cycle } from "../../framework/plugin.ts";
import type { PodInfo } from "../../framework/pod-info.ts";

/** What a required affinity of a pod that runs counts for pods that it would like to have near. */
const REQUIRED_WEIGHT = 1;

/** The sum of all wishes for the place that a value of a label means, by label and value. */
export type Preferences = ReadonlyMap<string, ReadonlyMap<string, number>>;

/** What the new pod wishes of those that run, and those that run of the new one. */
export function preferencesOf(pod: PodInfo, { snapshot, listers }: Cycle): Preferences {
  const namespaces = (): ReturnType<typeof listers.namespaces.list> => listers.namespaces.list();
  const preferred = pod.affinity.preferred.map((term) => inNamespaces(term, namespaces));
  const preferredAnti = pod.affinity.preferredAnti.map((term) => inNamespaces(term, namespaces));
  const namespaceLabels = listers.namespaces.get("", pod.namespace)?.metadata.labels;
  const sums = new Map<string, Map<string, number>>();
  const add = (node: NodeInfo, { topologyKey }: AffinityTerm, weight: number): void => {
    const value = labelOf(node, topologyKey);
    if (value === undefined) return;
    const byValue = sums.get(topologyKey) ?? new Map<string, number>();
    sums.set(topologyKey, byValue.set(value, (byValue.get(value) ?? 0) + weight));
  };
  const ownWishes = (other: PodInfo, node: NodeInfo): void => {
    const matches = (term: AffinityTerm): boolean => matchesTerm(term, other.pod, undefined);
    for (const term of preferred) if (matches(term)) add(node, term, term.weight);
    for (const term of preferredAnti) if (matches(term)) add(node, term, -term.weight);
  };
  const wishesOf = ({ affinity }: PodInfo, node: NodeInfo): void => {
    const matches = (term: AffinityTerm): boolean => matchesTerm(term, pod.pod, namespaceLabels);
    const each = (terms: readonly WeightedAffinityTerm[], sign: 1 | -1): void => {
      for (const term of terms) if (matches(term)) add(node, term, sign * term.weight);
    };
    for (const term of affinity.required) if (matches(term)) add(node, term, REQUIRED_WEIGHT);
    each(affinity.preferred, 1);
    each(affinity.preferredAnti, -1);
  };
  if (preferred.length + preferredAnti.length > 0) {
    for (const node of snapshot.nodes) for (const other of node.pods) ownWishes(other, node);
  }
  for (const node of snapshot.nodesWithPodAffinity) {
    for (const other of node.podsWithAffinity) wishesOf(other, node);
  }
  return sums;
}

/** The sum of the wishes that the node fulfils. */
export function fulfilledBy(node: NodeInfo, preferences: Preferences): number {
  let sum = 0;
  for (const [label, byValue] of preferences) {
    const value = labelOf(node, label);
    if (value !== undefined) sum += byValue.get(value) ?? 0;
  }
  return sum;
}
