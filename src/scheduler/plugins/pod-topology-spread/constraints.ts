import type { Pod, TopologySpreadConstraint } from "#api/generated/core-v1.ts";
import type { LabelPredicate } from "#apimachinery/selectors/label-requirement.ts";
import {
  compileLabelSelector,
  compileLabelSet,
  matchEverything,
} from "#apimachinery/selectors/label-selector.ts";
import { ownValue } from "#base/own-value.ts";
import type { Listers } from "../../framework/listers.ts";
import { labelOf, type NodeInfo } from "../../framework/node-info.ts";
import { type NodeMatcher, requiredNodes } from "../../matching/node-selector.ts";
import { findUntoleratedTaint } from "../../matching/tolerations.ts";
import { selectorOfCompany } from "./default-selector.ts";

export const HOSTNAME_LABEL = "kubernetes.io/hostname";
const ZONE_LABEL = "topology.kubernetes.io/zone";

/** One of a pod's constraints, ready for use. */
export interface Constraint {
  readonly topologyKey: string;
  readonly maxSkew: number;
  readonly minDomains: number;
  /** Whether a pod with these labels is one of those that are to be spread. */
  readonly matches: LabelPredicate;
  /** An empty selector means the new pod, but counts none of those that run. */
  readonly countsNone: boolean;
  readonly nodeAffinityPolicy: "Honor" | "Ignore";
  readonly nodeTaintsPolicy: "Honor" | "Ignore";
}

/** What pods without constraints of their own should do, as far as it costs nothing. */
const SYSTEM_DEFAULTS = [
  { topologyKey: HOSTNAME_LABEL, maxSkew: 3 },
  { topologyKey: ZONE_LABEL, maxSkew: 5 },
];

/** The constraints that must hold (`DoNotSchedule`) or should (`ScheduleAnyway`). Throws a `SelectorError`. */
export function constraintsOf(
  { metadata, spec }: Pod,
  whenUnsatisfiable: TopologySpreadConstraint["whenUnsatisfiable"],
): readonly Constraint[] {
  return (spec.topologySpreadConstraints ?? [])
    .filter((constraint) => constraint.whenUnsatisfiable === whenUnsatisfiable)
    .map((constraint) => compileConstraint(constraint, metadata.labels ?? {}));
}

/** What should hold for a pod that states no constraints. */
export function defaultConstraints(pod: Pod, listers: Listers): readonly Constraint[] {
  const matches = selectorOfCompany(pod, listers);
  if (matches === undefined) return [];
  return SYSTEM_DEFAULTS.map((constraint) => ({
    ...constraint,
    matches,
    minDomains: 1,
    countsNone: false,
    nodeAffinityPolicy: "Honor",
    nodeTaintsPolicy: "Ignore",
  }));
}

export function hasAllLabels(node: NodeInfo, constraints: readonly Constraint[]): boolean {
  return constraints.every(({ topologyKey }) => labelOf(node, topologyKey) !== undefined);
}

/** Says of a node whether its pods count for a constraint. */
export function inclusionFor(pod: Pod): (node: NodeInfo, constraint: Constraint) => boolean {
  const required: NodeMatcher = requiredNodes(pod);
  return ({ node }, { nodeAffinityPolicy, nodeTaintsPolicy }) =>
    (nodeAffinityPolicy === "Ignore" || required.matches(node)) &&
    (nodeTaintsPolicy === "Ignore" ||
      findUntoleratedTaint(node.spec.taints, pod.spec.tolerations) === undefined);
}

/** How many pods of the namespace on the node are to be spread; those on their way out do not count. */
export function countPods(
  { pods }: NodeInfo,
  namespace: string,
  { matches, countsNone }: Constraint,
): number {
  if (countsNone) return 0;
  let count = 0;
  for (const other of pods) {
    const { labels, deletionTimestamp } = other.pod.metadata;
    if (other.namespace === namespace && deletionTimestamp === undefined && matches(labels)) count += 1;
  }
  return count;
}

function compileConstraint(
  constraint: TopologySpreadConstraint,
  podLabels: Readonly<Record<string, string>>,
): Constraint {
  const { topologyKey, maxSkew, minDomains = 1, labelSelector, matchLabelKeys = [] } = constraint;
  const { nodeAffinityPolicy = "Honor", nodeTaintsPolicy = "Ignore" } = constraint;
  const selector = compileLabelSelector(labelSelector);
  const sameValues = matchLabelKeys.flatMap((key) => {
    const value = ownValue(podLabels, key);
    return value === undefined ? [] : [[key, value]];
  });
  const same = compileLabelSet(Object.fromEntries(sameValues) as Readonly<Record<string, string>>);
  return {
    topologyKey,
    maxSkew,
    minDomains,
    matches: (labels) => selector.matches(labels) && same.matches(labels),
    countsNone: selector === matchEverything && same === matchEverything,
    nodeAffinityPolicy,
    nodeTaintsPolicy,
  };
}
