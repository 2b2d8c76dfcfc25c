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
import type { NodeMemo } from "../../framework/node-memo.ts";
import type { PodInfo } from "../../framework/pod-info.ts";
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
  /** Says the same as `matches`. Empty when no running pod counts, as an empty selector has it. */
  readonly selectorKey: string;
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
  const company = selectorOfCompany(pod, listers);
  if (company === undefined) return [];
  return SYSTEM_DEFAULTS.map((constraint) => ({
    ...constraint,
    ...company,
    minDomains: 1,
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

/** Says of a node how many of its pods are to be spread with the new one; those on their way out do not count. */
export function podCounter(
  { namespace }: PodInfo,
  { matches, selectorKey }: Constraint,
  memo: NodeMemo,
): (node: NodeInfo) => number {
  if (selectorKey === "") return () => 0;
  return memo.of(`PodTopologySpread ${namespace} ${selectorKey}`, ({ pods }) => {
    let count = 0;
    for (const other of pods) {
      const { labels, deletionTimestamp } = other.pod.metadata;
      if (other.namespace === namespace && deletionTimestamp === undefined && matches(labels)) count += 1;
    }
    return count;
  });
}

function compileConstraint(
  constraint: TopologySpreadConstraint,
  podLabels: Readonly<Record<string, string>>,
): Constraint {
  const { topologyKey, maxSkew, minDomains = 1, labelSelector, matchLabelKeys = [] } = constraint;
  const { nodeAffinityPolicy = "Honor", nodeTaintsPolicy = "Ignore" } = constraint;
  const selector = compileLabelSelector(labelSelector);
  const sameLabels = Object.fromEntries(
    matchLabelKeys.flatMap((key) => {
      const value = ownValue(podLabels, key);
      return value === undefined ? [] : [[key, value]];
    }),
  ) as Readonly<Record<string, string>>;
  const same = compileLabelSet(sameLabels);
  const isEmpty = selector === matchEverything && same === matchEverything;
  return {
    topologyKey,
    maxSkew,
    minDomains,
    matches: (labels) => selector.matches(labels) && same.matches(labels),
    selectorKey: isEmpty ? "" : JSON.stringify([labelSelector, sameLabels]),
    nodeAffinityPolicy,
    nodeTaintsPolicy,
  };
}
