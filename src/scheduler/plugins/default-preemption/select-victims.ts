import type { Pod } from "#api/generated/core-v1.ts";
import type { PodDisruptionBudget } from "#api/generated/policy-v1.ts";
import { type NodeInfo, withoutPod, withPod } from "../../framework/node-info.ts";
import type { ActiveFilter, PostFilterRequest } from "../../framework/plugin.ts";
import type { PodInfo } from "../../framework/pod-info.ts";
import { addToFilters, removeFromFilters, runFiltersWithNominated } from "../../framework/run-filters.ts";
import { type Rejection, unresolvable } from "../../framework/status.ts";
import { splitByViolation } from "./disruption-budgets.ts";
import { compareImportance } from "./importance.ts";

export const REASON_NO_VICTIMS = "No preemption victims found for incoming pod";

/** A node that would have room for the pod without these pods. */
export interface Candidate {
  readonly nodeName: string;
  /** At least one, the most important first. */
  readonly victims: readonly Pod[];
  /** How many of them their disruption budgets would miss. */
  readonly violations: number;
}

/** The node, and what the filters know, while pods are taken away and put back. */
interface Trial {
  readonly node: NodeInfo;
  readonly filters: readonly ActiveFilter[];
}

/**
 * The fewest pods of lower priority that must go for the pod to fit on the node: first all are taken away, then as
 * many as possible are put back, those that budgets protect and the important ones first.
 */
export function selectVictims(
  request: PostFilterRequest,
  node: NodeInfo,
  budgets: readonly PodDisruptionBudget[],
): Candidate | { readonly rejection: Rejection } {
  const { pod, filters, nominated, now } = request;
  const potential = node.pods.filter(({ priority }) => priority < pod.priority);
  if (potential.length === 0) return { rejection: unresolvable(REASON_NO_VICTIMS) };
  const check = (trial: Trial): Rejection | undefined =>
    runFiltersWithNominated(trial.filters, pod, trial.node, nominated);
  let trial = potential.reduce((each, victim) => takeAway(each, pod, victim), { node, filters });
  const rejection = check(trial);
  if (rejection !== undefined) return { rejection };
  const putBack = (victim: PodInfo): boolean => {
    const next: Trial = {
      node: withPod(trial.node, victim),
      filters: addToFilters(trial.filters, pod, victim, trial.node),
    };
    const fits = check(next) === undefined;
    if (fits) trial = next;
    return fits;
  };
  const byImportance = potential.toSorted((a, b) => compareImportance(a.pod, b.pod, now));
  const { violating, others } = splitByViolation(byImportance, budgets);
  const violatingVictims = violating.filter((victim) => !putBack(victim));
  const victims = [...violatingVictims, ...others.filter((victim) => !putBack(victim))].map(
    (each) => each.pod,
  );
  if (victims.length === 0) return { rejection: unresolvable(REASON_NO_VICTIMS) };
  return {
    nodeName: node.name,
    victims: victims.toSorted((a, b) => compareImportance(a, b, now)),
    violations: violatingVictims.length,
  };
}

function takeAway({ node, filters }: Trial, pod: PodInfo, victim: PodInfo): Trial {
  return {
    node: withoutPod(node, victim.pod.metadata.uid),
    filters: removeFromFilters(filters, pod, victim, node),
  };
}
