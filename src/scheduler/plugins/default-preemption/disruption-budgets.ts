import type { PodDisruptionBudget } from "#api/generated/policy-v1.ts";
import {
  compileLabelSelector,
  type LabelMatcher,
  matchEverything,
} from "#apimachinery/selectors/label-selector.ts";
import { SelectorError } from "#apimachinery/selectors/selector-error.ts";
import type { PodInfo } from "../../framework/pod-info.ts";

/** Potential victims, apart by whether a disruption budget could not bear the loss after those before. Order is kept. */
export interface ByViolation {
  readonly violating: readonly PodInfo[];
  readonly others: readonly PodInfo[];
}

export function splitByViolation(
  pods: readonly PodInfo[],
  budgets: readonly PodDisruptionBudget[],
): ByViolation {
  const remaining = budgets.map((budget) => ({
    budget,
    matcher: matcherOf(budget),
    allowed: budget.status?.disruptionsAllowed ?? 0,
  }));
  const violating: PodInfo[] = [];
  const others: PodInfo[] = [];
  for (const pod of pods) {
    let isViolating = false;
    for (const each of remaining) {
      if (!counts(pod, each.budget, each.matcher)) continue;
      each.allowed -= 1;
      isViolating ||= each.allowed < 0;
    }
    (isViolating ? violating : others).push(pod);
  }
  return { violating, others };
}

/** A pod whose disruption the API server has counted already costs the budget nothing. */
function counts({ pod, namespace }: PodInfo, budget: PodDisruptionBudget, matcher: LabelMatcher): boolean {
  const { name, labels = {} } = pod.metadata;
  if (budget.metadata.namespace !== namespace || Object.keys(labels).length === 0) return false;
  if (matcher === matchEverything || !matcher.matches(labels)) return false;
  return !Object.hasOwn(budget.status?.disruptedPods ?? {}, name);
}

/** An empty selector protects nothing here, as upstream has it; nor does an invalid one. */
function matcherOf({ spec }: PodDisruptionBudget): LabelMatcher {
  try {
    return compileLabelSelector(spec?.selector);
  } catch (error) {
    if (error instanceof SelectorError) return matchEverything;
    throw error;
  }
}
