import { labelOf, type NodeInfo } from "../../framework/node-info.ts";
import type { Cycle } from "../../framework/plugin.ts";
import type { PodInfo } from "../../framework/pod-info.ts";
import {
  type Constraint,
  constraintsOf,
  countPods,
  defaultConstraints,
  HOSTNAME_LABEL,
  hasAllLabels,
  inclusionFor,
} from "./constraints.ts";

/** A constraint that should hold, and how the pods are spread now. */
export interface SpreadPreference {
  readonly constraint: Constraint;
  /** Pods in the domains of the candidates; undefined where each node is a domain of its own. */
  readonly counts: ReadonlyMap<string, number> | undefined;
  /** Makes topologies of few domains count as much as those of many. */
  readonly weight: number;
}

export interface ScoreState {
  readonly namespace: string;
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
  const counts = (node: NodeInfo): boolean => !isExplicit || hasAllLabels(node, constraints);
  const eligible = candidates.filter(counts);
  const counted = constraints.length === 0 ? [] : cycle.snapshot.nodes.filter(counts);
  return {
    namespace: pod.namespace,
    preferences: constraints.map((constraint) => preferenceOf(pod, constraint, eligible, counted)),
    ignored: new Set(candidates.filter((node) => !counts(node)).map(({ name }) => name)),
  };
}

/** The fewer pods are in the node's domains the better; the sum over all constraints, lower is better. */
export function crowdingOf(node: NodeInfo, { namespace, preferences, ignored }: ScoreState): number {
  if (ignored.has(node.name)) return 0;
  let sum = 0;
  for (const { constraint, counts, weight } of preferences) {
    const domain = labelOf(node, constraint.topologyKey);
    if (domain === undefined) continue;
    const count = counts === undefined ? countPods(node, namespace, constraint) : (counts.get(domain) ?? 0);
    // The more skew is allowed the less a difference between domains matters.
    sum += count * weight + (constraint.maxSkew - 1);
  }
  return Math.round(sum);
}

function preferenceOf(
  pod: PodInfo,
  constraint: Constraint,
  candidates: readonly NodeInfo[],
  nodes: readonly NodeInfo[],
): SpreadPreference {
  const { topologyKey } = constraint;
  const isPerNode = topologyKey === HOSTNAME_LABEL;
  const domains = new Set(candidates.map((node) => labelOf(node, topologyKey)));
  const size = isPerNode ? candidates.length : domains.size;
  return {
    constraint,
    counts: isPerNode ? undefined : countByDomain(pod, constraint, domains, nodes),
    weight: Math.log(size + 2),
  };
}

function countByDomain(
  pod: PodInfo,
  constraint: Constraint,
  domains: ReadonlySet<string | undefined>,
  nodes: readonly NodeInfo[],
): ReadonlyMap<string, number> {
  const isIncluded = inclusionFor(pod.pod);
  const counts = new Map<string, number>();
  for (const node of nodes) {
    const domain = labelOf(node, constraint.topologyKey);
    if (domain === undefined || !domains.has(domain) || !isIncluded(node, constraint)) continue;
    counts.set(domain, (counts.get(domain) ?? 0) + countPods(node, pod.namespace, constraint));
  }
  return counts;
}
