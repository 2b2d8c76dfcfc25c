/** What disruption budgets allow (kube-apiserver `registry/core/pod/storage/eviction.go`). */
import type { Pod } from "#api/generated/core-v1.ts";
import type { PodDisruptionBudget, PodDisruptionBudgetStatus } from "#api/generated/policy-v1.ts";
import { findCondition, isConditionTrue, setCondition } from "#apimachinery/conditions.ts";
import type { Condition, Time } from "#apimachinery/generated/meta-v1.ts";
import { compileLabelSelector } from "#apimachinery/selectors/label-selector.ts";
import { SelectorError } from "#apimachinery/selectors/selector-error.ts";
import { disruptionBudget, forbidden, StatusError } from "#apimachinery/status-error.ts";

const VIOLATED = "Cannot evict pod as it would violate the pod's disruption budget.";

/** So many evictions may wait for the controller to notice them. */
const MAX_DISRUPTED_PODS = 2000;

const RETRY_AFTER_SECONDS = 10;

const NO_STATUS: PodDisruptionBudgetStatus = {
  currentHealthy: 0,
  desiredHealthy: 0,
  disruptionsAllowed: 0,
  expectedPods: 0,
};

/** Whether the pod is out of service already, so that no budget has to be asked. */
export function canIgnoreBudgets({ metadata, status }: Pod): boolean {
  return isTerminal(status?.phase) || status?.phase === "Pending" || isSet(metadata.deletionTimestamp);
}

/** Whether the pod could come into service meanwhile, so that exactly this state of it may be evicted. */
export function canComeBack({ metadata, status }: Pod): boolean {
  return !isTerminal(status?.phase) && !isSet(metadata.deletionTimestamp);
}

/** The budgets that count the pod; one with an unusable selector counts none. */
export function budgetsOf(pod: Pod, budgets: readonly PodDisruptionBudget[]): readonly PodDisruptionBudget[] {
  return budgets.filter(({ spec }) => {
    try {
      return compileLabelSelector(spec.selector).matches(pod.metadata.labels ?? {});
    } catch (error) {
      if (error instanceof SelectorError) return false;
      throw error;
    }
  });
}

/** Whether an unready pod may go without being counted: it does not serve anybody. */
export function mayEvictUnready(pod: Pod, { spec, status = NO_STATUS }: PodDisruptionBudget): boolean {
  if (isConditionTrue(pod.status?.conditions, "Ready")) return false;
  if (spec.unhealthyPodEvictionPolicy === "AlwaysAllow") return true;
  return status.currentHealthy >= status.desiredHealthy && status.desiredHealthy > 0;
}

/** The budget with one disruption less, or why there is none to spend. */
export function spendDisruption(
  budget: PodDisruptionBudget,
  podName: string,
  now: Time,
): PodDisruptionBudget | StatusError {
  const { metadata, status = NO_STATUS } = budget;
  const { name, generation = 0 } = metadata;
  const resource = { group: "policy", resource: "poddisruptionbudget" };
  if ((status.observedGeneration ?? 0) < generation) return stillProcessing(name);
  if (status.disruptionsAllowed < 0) return forbidden(resource, name, "pdb disruptions allowed is negative");
  if (Object.keys(status.disruptedPods ?? {}).length > MAX_DISRUPTED_PODS) {
    return forbidden(
      resource,
      name,
      "DisruptedPods map too big - too many evictions not confirmed by PDB controller",
    );
  }
  if (status.disruptionsAllowed === 0) return disruptionBudget(VIOLATED, whyNone(name, status));
  const disruptionsAllowed = status.disruptionsAllowed - 1;
  return {
    ...budget,
    status: {
      ...status,
      disruptionsAllowed,
      disruptedPods: { ...status.disruptedPods, [podName]: now },
      ...(disruptionsAllowed === 0 && { conditions: exhausted(status, now) }),
    },
  };
}

/** The controller has not counted since the budget has changed, or since the pod has. */
export function stillProcessing(budgetName: string): StatusError {
  const cause = `The disruption budget ${budgetName} is still being processed by the server.`;
  const { status } = disruptionBudget(VIOLATED, cause);
  return new StatusError({
    ...status,
    details: { ...status.details, retryAfterSeconds: RETRY_AFTER_SECONDS },
  });
}

function whyNone(
  name: string,
  { conditions, currentHealthy, desiredHealthy }: PodDisruptionBudgetStatus,
): string {
  const { status, reason = "", message = "" } = findCondition(conditions, "DisruptionAllowed") ?? {};
  const isExplained = status === "False" && message !== "";
  const refusal = `The disruption budget ${name} does not allow evicting pods currently`;
  if (isExplained && reason === "SyncFailed") return `${refusal} because it failed sync: ${message}`;
  if (currentHealthy <= desiredHealthy) {
    return `The disruption budget ${name} needs ${String(desiredHealthy)} healthy pods and has ${String(currentHealthy)} currently`;
  }
  return isExplained ? `${refusal} (${reason}): ${message}` : refusal;
}

function exhausted(
  { conditions, observedGeneration }: PodDisruptionBudgetStatus,
  now: Time,
): readonly Condition[] {
  const condition: Condition = {
    type: "DisruptionAllowed",
    status: "False",
    reason: "InsufficientPods",
    message: "",
    lastTransitionTime: null,
    ...(observedGeneration !== undefined && { observedGeneration }),
  };
  return setCondition(conditions, condition, now);
}

function isTerminal(phase: string | undefined): boolean {
  return phase === "Succeeded" || phase === "Failed";
}

function isSet(timestamp: Time | null | undefined): boolean {
  return timestamp !== undefined && timestamp !== null;
}
