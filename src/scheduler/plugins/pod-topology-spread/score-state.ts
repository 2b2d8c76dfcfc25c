import { labelOf, type NodeInfo } from "../../framework/node-info.ts";
import type { Cycle } from "../../framework/plugin.ts";
import type { PodInfo } from "../../framework/pod-info.ts";
import {
  type Constraint,
  constraintsOf,
  defaultConstraints,
  HOSTNAME_LABEL,
  hasAllLabels,
  inclusionFor,
  podCounter,
} from "./constraints.ts";

/** A constraint that should hold, and how the pods are spread now. */
export interface SpreadPreference {
  readonly constraint: Constraint;
  /** How many pods are in the node's domain; 0 when it is in none. */
  readonly countAround: (node: NodeInfo) => number;
  /** Makes topologies of few domains count as much as those of many. */
  readonly weight: number;
}

export interface ScoreState {
  readonly preferences: readonly SpreadPreference[];
  /** Candidates without the labels that the pod's own constraints need; they get no points. */
  readonly ignored: ReadonlySet<string>;
}

export function scoreStateOf(pod: PodInfo, candidates: readonly NodeInfo[], cycle: Cycle): ScoreState {
  const isExplicit = (pod.pod.spec.topologySpreadConstraints ?? []).length > 0;
  const constraints = isExplicit
    ? constraintsOf(pod.pod, "ScheduleAnyway")
    : defaultConstraints(pod.pod, cycle.listers);
  // Nodes without a zone still want to be filled evenly, unless the pod itself has asked for zones.
  const isEligible = (node: NodeInfo): boolean => !isExplicit || hasAllLabels(node, constraints);
  const eligible = candidates.filter(isEligible);
  return {
    preferences: constraints.map((constraint) => preferenceOf(pod, constraint, eligible, isEligible, cycle)),
    ignored: new Set(candidates.filter((node) => !isEligible(node)).map(({ name }) => name)),
  };
}

/** The fewer pods are in the node's domains the better: the sum over all constraints, lower is better. */
export function crowdingOf(node: NodeInfo, { preferences, ignored }: ScoreState): number {
  if (ignored.has(node.name)) return 0;
  let sum = 0;
  for (const { constraint, countAround, weight } of preferences) {
    if (labelOf(node, constraint.topologyKey) === undefined) continue;
    // The more skew is allowed the less a difference between domains matters.
    sum += countAround(node) * weight + (constraint.maxSkew - 1);
  }
  return Math.round(sum);
}

function preferenceOf(
  pod: PodInfo,
  constraint: Constraint,
  candidates: readonly NodeInfo[],
  isEligible: (node: NodeInfo) => boolean,
  cycle: Cycle,
): SpreadPreference {
  const { topologyKey } = constraint;
  const countOn = podCounter(pod, constraint, cycle.memo);
  if (topologyKey === HOSTNAME_LABEL) {
    return { constraint, countAround: countOn, weight: weightOf(candidates.length) };
  }
  const domains = new Set(candidates.map((node) => labelOf(node, topologyKey)));
  const isIncluded = inclusionFor(pod.pod);
  const counts = new Map<string, number>();
  for (const node of cycle.snapshot.nodes) {
    const domain = labelOf(node, topologyKey);
    if (domain === undefined || !domains.has(domain) || !isEligible(node) || !isIncluded(node, constraint))
      continue;
    counts.set(domain, (counts.get(domain) ?? 0) + countOn(node));
  }
  const countAround = (node: NodeInfo): number => counts.get(labelOf(node, topologyKey) ?? "") ?? 0;
  return { constraint, countAround, weight: weightOf(domains.size) };
}

function weightOf(domains: number): number {
  return Math.log(domains + 2);
}
