import { labelOf, type NodeInfo } from "../../framework/node-info.ts";
import type { Cycle } from "../../framework/plugin.ts";
import type { PodInfo } from "../../framework/pod-info.ts";
import { type Constraint, hasAllLabels, inclusionFor, podCounter } from "./constraints.ts";
import { DomainCounts } from "./domain-counts.ts";

/** A constraint and how the pods are spread now. */
export interface SpreadState {
  readonly constraint: Constraint;
  readonly counts: DomainCounts;
  /** 1 when the new pod is one of those that are spread. */
  readonly ownCount: number;
}

export function spreadStatesOf(
  pod: PodInfo,
  constraints: readonly Constraint[],
  { snapshot, memo }: Cycle,
): readonly SpreadState[] {
  const isIncluded = inclusionFor(pod.pod);
  const eligible = snapshot.nodes.filter((node) => hasAllLabels(node, constraints));
  return constraints.map((constraint) => {
    const countOn = podCounter(pod, constraint, memo);
    const counts = new Map<string, number>();
    for (const node of eligible) {
      if (!isIncluded(node, constraint)) continue;
      const domain = labelOf(node, constraint.topologyKey) ?? "";
      counts.set(domain, (counts.get(domain) ?? 0) + countOn(node));
    }
    const ownCount = constraint.matches(pod.pod.metadata.labels) ? 1 : 0;
    return { constraint, counts: DomainCounts.of(counts), ownCount };
  });
}

/** The states with one pod more or less on the node. */
export function changeSpread(
  states: readonly SpreadState[],
  pod: PodInfo,
  { other, node, amount }: { readonly other: PodInfo; readonly node: NodeInfo; readonly amount: 1 | -1 },
): readonly SpreadState[] {
  const constraints = states.map(({ constraint }) => constraint);
  if (other.namespace !== pod.namespace || !hasAllLabels(node, constraints)) return states;
  const isIncluded = inclusionFor(pod.pod);
  return states.map((state) => {
    const { constraint, counts } = state;
    if (!constraint.matches(other.pod.metadata.labels) || !isIncluded(node, constraint)) return state;
    return { ...state, counts: counts.with(labelOf(node, constraint.topologyKey) ?? "", amount) };
  });
}

/** By how much the node's domain would be ahead of the emptiest with the new pod. */
export function skewWith({ constraint, counts, ownCount }: SpreadState, domain: string): number {
  const fewest = counts.size < constraint.minDomains ? 0 : counts.minimum;
  return counts.get(domain) + ownCount - fewest;
}
