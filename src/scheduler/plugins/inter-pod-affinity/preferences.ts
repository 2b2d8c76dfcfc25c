import type { Pod } from "#api/generated/core-v1.ts";
import type { Labels } from "#apimachinery/selectors/label-requirement.ts";
import { inNamespaces, matchesTerm, type WeightedAffinityTerm } from "../../framework/affinity-term.ts";
import { labelOf, type NodeInfo } from "../../framework/node-info.ts";
import type { Cycle } from "../../framework/plugin.ts";
import type { PodAffinityTerms, PodInfo } from "../../framework/pod-info.ts";

/** What a required affinity of a pod that runs counts for pods that it would like to have near. */
const REQUIRED_WEIGHT = 1;

/** The sum of all wishes for the place that a value of a label means, by label and value. */
export type Preferences = ReadonlyMap<string, ReadonlyMap<string, number>>;

/** A wish to be where a node is, as far as a label says; negative to be elsewhere. */
interface Wish {
  readonly label: string;
  readonly weight: number;
}

/** What the new pod wishes of those that run, and those that run of the new one. */
export function preferencesOf(pod: PodInfo, { snapshot, listers, memo }: Cycle): Preferences {
  const namespaces = (): ReturnType<typeof listers.namespaces.list> => listers.namespaces.list();
  const preferred = pod.affinity.preferred.map((term) => inNamespaces(term, namespaces));
  const preferredAnti = pod.affinity.preferredAnti.map((term) => inNamespaces(term, namespaces));
  const namespaceLabels = listers.namespaces.get("", pod.namespace)?.metadata.labels;
  const own: readonly WeightedAffinityTerm[] = [...preferred, ...preferredAnti.map(opposite)];
  const termsKey = JSON.stringify([
    pod.namespace,
    pod.pod.spec.affinity,
    own.map((term) => [...term.namespaces]),
  ]);
  const podKey = JSON.stringify([pod.namespace, namespaceLabels, pod.pod.metadata.labels]);
  const ownWishes = memo.of(`InterPodAffinity own ${termsKey}`, ({ pods }) =>
    pods.flatMap((other) => wishesOf(own, other.pod, undefined)),
  );
  const othersWishes = memo.of(`InterPodAffinity others ${podKey}`, ({ podsWithAffinity }) =>
    podsWithAffinity.flatMap(({ affinity }) => wishesOf(termsOfRunning(affinity), pod.pod, namespaceLabels)),
  );
  const sums = new Map<string, Map<string, number>>();
  if (own.length > 0) for (const node of snapshot.nodes) add(sums, node, ownWishes(node));
  for (const node of snapshot.nodesWithPodAffinity) add(sums, node, othersWishes(node));
  return sums;
}

function add(sums: Map<string, Map<string, number>>, node: NodeInfo, wishes: readonly Wish[]): void {
  for (const { label, weight } of wishes) {
    const value = labelOf(node, label);
    if (value === undefined) continue;
    const byValue = sums.get(label) ?? new Map<string, number>();
    sums.set(label, byValue.set(value, (byValue.get(value) ?? 0) + weight));
  }
}

/** Of a pod that runs what it required counts as well. */
function termsOfRunning({
  required,
  preferred,
  preferredAnti,
}: PodAffinityTerms): readonly WeightedAffinityTerm[] {
  return [
    ...required.map((term) => ({ ...term, weight: REQUIRED_WEIGHT })),
    ...preferred,
    ...preferredAnti.map(opposite),
  ];
}

function opposite(term: WeightedAffinityTerm): WeightedAffinityTerm {
  return { ...term, weight: -term.weight };
}

function wishesOf(
  terms: readonly WeightedAffinityTerm[],
  pod: Pod,
  namespaceLabels: Labels | undefined,
): readonly Wish[] {
  return terms
    .filter((term) => matchesTerm(term, pod, namespaceLabels))
    .map(({ topologyKey, weight }) => ({ label: topologyKey, weight }));
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
