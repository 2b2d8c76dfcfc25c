import type { Namespace, Pod } from "#api/generated/core-v1.ts";
import { invalid, type StatusError } from "#apimachinery/status-error.ts";
import type { AdmissionRequest, ClusterView } from "../../admission-plugin.ts";
import type { PodSecurityConfiguration } from "./configuration.ts";
import { hasExemptRuntime } from "./exemptions.ts";
import { violationsOf } from "./pod-security-standards.ts";
import {
  compareLevels,
  formatLevelVersion,
  isPrivileged,
  isSameLevelVersion,
  type LabelledPolicy,
  type LevelVersion,
  MODES,
  type Policy,
  PREFIX,
  policyOf,
} from "./policy.ts";

/** How many pods of a namespace are looked at when more is asked of them. */
const MAX_CHECKED_PODS = 3000;

/** Refuses labels that cannot be read, and warns of pods that are there and do not keep to new ones. */
export function refuseLabels(
  request: AdmissionRequest,
  configuration: PodSecurityConfiguration,
  cluster: ClusterView,
): StatusError | undefined {
  const next = policyOf(labelsOf(request.object), configuration.defaults);
  const previous = request.oldObject && policyOf(labelsOf(request.oldObject), configuration.defaults);
  if (hasNewErrors(next, previous)) {
    return invalid({ group: "", kind: "Namespace" }, request.name, next.errors);
  }
  const isExempt = configuration.exemptions.namespaces.includes(request.namespace);
  if (previous !== undefined && !isStricter(next.policy.enforce, previous.policy.enforce)) return undefined;
  if (isExempt) warnOfExemption(request, next.policy, configuration);
  else if (previous !== undefined) warnOfPods(request, next.policy.enforce, configuration, cluster);
  return undefined;
}

function labelsOf(object: AdmissionRequest["object"]): Readonly<Record<string, string>> {
  return (object as Namespace).metadata.labels ?? {};
}

function hasNewErrors(next: LabelledPolicy, previous: LabelledPolicy | undefined): boolean {
  if (next.errors.length === 0) return false;
  return previous === undefined || !Bun.deepEquals(next.errors, previous.errors);
}

function isStricter(next: LevelVersion, previous: LevelVersion): boolean {
  if (next.level === "privileged" || isSameLevelVersion(next, previous)) return false;
  return next.version !== previous.version || compareLevels(next.level, previous.level) > 0;
}

function warnOfExemption(
  { name, object, warn }: AdmissionRequest,
  policy: Policy,
  { defaults }: PodSecurityConfiguration,
): void {
  const isDefault = MODES.every((mode) => isEquivalent(policy[mode], defaults[mode]));
  if (isPrivileged(policy) || isDefault) return;
  const labels = labelsOf(object);
  const isLabelled = (mode: string): boolean =>
    labels[`${PREFIX}${mode}`] !== undefined || labels[`${PREFIX}${mode}-version`] !== undefined;
  const ignored = MODES.filter((mode) => policy[mode].level !== "privileged" && isLabelled(mode))
    .map((mode) => `${mode}=${formatLevelVersion(policy[mode])}`)
    .join(", ");
  warn(`namespace "${name}" is exempt from Pod Security, and the policy (${ignored}) will be ignored`);
}

function isEquivalent(a: LevelVersion, b: LevelVersion): boolean {
  return (a.level === "privileged" && b.level === "privileged") || isSameLevelVersion(a, b);
}

function warnOfPods(
  { name, warn }: AdmissionRequest,
  enforce: LevelVersion,
  configuration: PodSecurityConfiguration,
  cluster: ClusterView,
): void {
  const pods = cluster.list("Pod", name).filter((pod) => !hasExemptRuntime(pod, configuration));
  const checked = oneOfEachControllerFirst(pods).slice(0, MAX_CHECKED_PODS);
  if (checked.length < pods.length) {
    warn(
      `new PodSecurity enforce level only checked against the first ${String(checked.length)} of ${String(pods.length)} existing pods`,
    );
  }
  const namesByProblem = Map.groupBy(checked, (pod) => reasonsOf(pod, enforce));
  namesByProblem.delete("");
  if (namesByProblem.size === 0) return;
  warn(
    `existing pods in namespace "${name}" violate the new PodSecurity enforce level "${formatLevelVersion(enforce)}"`,
  );
  const problems = [...namesByProblem].map(([problem, culprits]) => `${nameAll(culprits)}: ${problem}`);
  for (const problem of problems.toSorted()) warn(problem);
}

function reasonsOf(pod: Pod, enforce: LevelVersion): string {
  return violationsOf(pod, enforce)
    .map(({ reason }) => reason)
    .join(", ");
}

/** `web (and 2 other pods)`, by the name that comes first. */
function nameAll(pods: readonly Pod[]): string {
  const [first = ""] = pods.map(({ metadata }) => metadata.name).toSorted();
  const others = pods.length - 1;
  if (others === 0) return first;
  return `${first} (and ${String(others)} other ${others === 1 ? "pod" : "pods"})`;
}

/** Pods of one controller are all alike, so that the others come last. */
function oneOfEachControllerFirst(pods: readonly Pod[]): readonly Pod[] {
  const seen = new Set<string>();
  const isFirst = ({ metadata }: Pod): boolean => {
    const owner = metadata.ownerReferences?.find(({ controller }) => controller === true);
    if (owner === undefined) return true;
    const isNew = !seen.has(owner.uid);
    seen.add(owner.uid);
    return isNew;
  };
  const { first = [], other = [] } = Object.groupBy(pods, (pod) => (isFirst(pod) ? "first" : "other"));
  return [...first, ...other];
}
