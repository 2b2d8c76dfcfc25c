import { isSidecar } from "#api/core/v1/pod-resources.ts";
import type { Container, ContainerStatus, Pod, PodCondition, PodStatus } from "#api/generated/core-v1.ts";
import { findCondition, isConditionTrue } from "#apimachinery/conditions.ts";
import type { ContainerStatuses } from "./container-statuses.ts";

/** The conditions that the kubelet alone writes (`pkg/kubelet/types/pod_status.go`). */
export const KUBELET_CONDITIONS: ReadonlySet<string> = new Set([
  "PodScheduled",
  "Ready",
  "Initialized",
  "ContainersReady",
  "PodReadyToStartContainers",
]);

export interface ConditionFacts {
  readonly statuses: ContainerStatuses;
  readonly phase: PodStatus["phase"];
  readonly hasSandbox: boolean;
  /** RFC 3339. */
  readonly now: string;
}

type Verdict = Pick<PodCondition, "status" | "reason" | "message">;

/** All conditions of a pod: those of others as they are, then the kubelet's own (`status/generate.go`). */
export function podConditions(pod: Pod, previous: PodStatus, facts: ConditionFacts): readonly PodCondition[] {
  const foreign = (pod.status?.conditions ?? []).filter(({ type }) => !KUBELET_CONDITIONS.has(type));
  const containersReady = judgeContainersReady(pod, facts);
  const own: readonly (readonly [type: string, verdict: Verdict])[] = [
    ["PodReadyToStartContainers", { status: facts.hasSandbox ? "True" : "False" }],
    ["Initialized", judgeInitialized(pod, previous, facts)],
    ["Ready", judgeReady(pod, foreign, containersReady)],
    ["ContainersReady", containersReady],
    ["PodScheduled", { status: "True" }],
  ];
  return [
    ...foreign,
    ...own.map(([type, verdict]) => conditionOf(pod, previous, { type, ...verdict }, facts.now)),
  ];
}

/** The time of the last transition moves only with the status. */
function conditionOf(
  { metadata: { generation } }: Pod,
  previous: PodStatus,
  condition: PodCondition,
  now: string,
): PodCondition {
  const before = findCondition(previous.conditions, condition.type);
  const since = before?.status === condition.status ? before.lastTransitionTime : undefined;
  return {
    ...condition,
    lastTransitionTime: since ?? now,
    ...(generation !== undefined && { observedGeneration: generation }),
  };
}

function judgeContainersReady({ spec }: Pod, { statuses, phase }: ConditionFacts): Verdict {
  const all = [...statuses.initContainerStatuses, ...statuses.containerStatuses];
  const counted = [...(spec.initContainers ?? []).filter(isSidecar), ...spec.containers];
  const { unknown, found } = look(counted, all);
  if (phase === "Succeeded" && unknown.length === 0) return { status: "False", reason: "PodCompleted" };
  if (phase === "Failed") return { status: "False", reason: "PodFailed" };
  const unready = found.filter(({ status }) => !status.ready).map(({ container }) => container.name);
  const message = complaint(unknown, "unready", unready);
  return message === "" ? { status: "True" } : { status: "False", reason: "ContainersNotReady", message };
}

function judgeReady({ spec }: Pod, conditions: readonly PodCondition[], containersReady: Verdict): Verdict {
  if (containersReady.status !== "True") return containersReady;
  const messages = (spec.readinessGates ?? []).flatMap(({ conditionType }) => {
    const gate = JSON.stringify(conditionType);
    const condition = findCondition(conditions, conditionType);
    if (condition === undefined) {
      return [`corresponding condition of pod readiness gate ${gate} does not exist.`];
    }
    return condition.status === "True"
      ? []
      : [`the status of pod readiness gate ${gate} is not "True", but ${condition.status}`];
  });
  if (messages.length === 0) return { status: "True" };
  return { status: "False", reason: "ReadinessGatesNotReady", message: messages.join(", ") };
}

function judgeInitialized({ spec }: Pod, previous: PodStatus, { statuses, phase }: ConditionFacts): Verdict {
  const { unknown, found } = look(spec.initContainers ?? [], statuses.initContainerStatuses);
  if (phase === "Succeeded" && unknown.length === 0) return { status: "True", reason: "PodCompleted" };
  const hasRun = statuses.containerStatuses.some(
    ({ state }) => state?.running !== undefined || state?.terminated !== undefined,
  );
  const incomplete = found
    .filter(({ container, status }) => !(isSidecar(container) ? status.started === true : status.ready))
    .map(({ container }) => container.name);
  const message = complaint(unknown, "incomplete", incomplete);
  // Once initialized, always initialized: sidecars may restart.
  const isInitialized = hasRun || message === "" || isConditionTrue(previous.conditions, "Initialized");
  return isInitialized
    ? { status: "True" }
    : { status: "False", reason: "ContainersNotInitialized", message };
}

function look(containers: readonly Container[], statuses: readonly ContainerStatus[]) {
  const found: { readonly container: Container; readonly status: ContainerStatus }[] = [];
  const unknown: string[] = [];
  for (const container of containers) {
    const status = statuses.find(({ name }) => name === container.name);
    if (status === undefined) unknown.push(container.name);
    else found.push({ container, status });
  }
  return { found, unknown };
}

/** Names are listed as Go prints a slice: `[a b]`. */
function complaint(unknown: readonly string[], what: string, names: readonly string[]): string {
  return [
    ...(unknown.length > 0 ? [`containers with unknown status: [${unknown.join(" ")}]`] : []),
    ...(names.length > 0 ? [`containers with ${what} status: [${names.join(" ")}]`] : []),
  ].join(", ");
}
