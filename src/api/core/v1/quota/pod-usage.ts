import { parseTime } from "#apimachinery/time.ts";
import type {
  Container,
  Pod,
  PodAffinityTerm,
  PodSpec,
  ScopedResourceSelectorRequirement,
} from "../../../generated/core-v1.ts";
import { isExtendedResource, isHugePages, isNativeResource } from "../../../validation/resources.ts";
import { withActualResources } from "../actual-resources.ts";
import {
  amountsOf,
  isPodLevelResource,
  podLimits,
  podQosClass,
  podRequests,
  type ResourceAmounts,
} from "../pod-resources.ts";
import { ONE, sumOf } from "./amounts.ts";
import type { QuotaEvaluator } from "./quota-evaluator.ts";
import { matchesValue } from "./scopes.ts";

const COUNT = "count/pods";
const COMPUTE: readonly string[] = ["cpu", "memory", "ephemeral-storage"];
const COVERED: readonly string[] = [
  COUNT,
  "pods",
  ...COMPUTE.flatMap((name) => [name, `requests.${name}`, `limits.${name}`]),
];

/** What every container must state once a quota bounds it. */
const REQUIRED: readonly string[] = [
  "cpu",
  "memory",
  "requests.cpu",
  "requests.memory",
  "limits.cpu",
  "limits.memory",
];

/** Objects that the evaluator gets are pods. */
export const podEvaluator: QuotaEvaluator = {
  covers: (name) =>
    COVERED.includes(name) ||
    isHugePages(name.replace(/^requests\./, "")) ||
    (name.startsWith("requests.") && !isNativeResource(name)),
  usageOf: (object, now) => usageOf(object as Pod, now),
  isInScope: (object, scope) => isInScope((object as Pod).spec, scope),
  omission: (object, names) => omissionOf((object as Pod).spec, names),
};

/** Pods that have run to their end are still counted, and use nothing any more. */
function usageOf(pod: Pod, now: number): ResourceAmounts {
  const count: ResourceAmounts = new Map([[COUNT, ONE]]);
  if (hasEnded(pod, now)) return count;
  const actual = withActualResources(pod);
  return sumOf(count, computeUsage(podRequests(actual), podLimits(actual)));
}

/** A pod whose node does not say that it is gone must not keep its successor from starting. */
function hasEnded({ metadata, status }: Pod, now: number): boolean {
  if (status?.phase === "Failed" || status?.phase === "Succeeded") return true;
  const { deletionTimestamp, deletionGracePeriodSeconds } = metadata;
  if (typeof deletionTimestamp !== "string" || deletionGracePeriodSeconds === undefined) return false;
  return now > parseTime(deletionTimestamp) + Number(deletionGracePeriodSeconds) * 1000;
}

function computeUsage(requests: ResourceAmounts, limits: ResourceAmounts): ResourceAmounts {
  const requested = [...requests].flatMap(([name, amount]) =>
    requestNames(name).map((each) => [each, amount] as const),
  );
  const limited = [...limits].flatMap(([name, amount]) =>
    COMPUTE.includes(name) ? [[`limits.${name}`, amount] as const] : [],
  );
  return new Map([["pods", ONE] as const, ...requested, ...limited]);
}

/** Extended resources are bounded with the prefix alone. */
function requestNames(name: string): readonly string[] {
  if (COMPUTE.includes(name) || isHugePages(name)) return [name, `requests.${name}`];
  return isExtendedResource(name) ? [`requests.${name}`] : [];
}

function omissionOf(spec: PodSpec, names: readonly string[]): string {
  if (hasPodLevelResources(spec)) return "";
  const containers = [...spec.containers, ...(spec.initContainers ?? [])];
  const missing = REQUIRED.filter((name) => names.includes(name))
    .toSorted()
    .flatMap((name) => {
      const silent = containers.filter((each) => !stated(each).has(name)).map((each) => each.name);
      return silent.length === 0 ? [] : [`${name} for: ${silent.toSorted().join(",")}`];
    });
  return missing.length === 0 ? "" : `must specify ${missing.join("; ")}`;
}

function hasPodLevelResources({ resources }: PodSpec): boolean {
  const { requests = {}, limits = {} } = resources ?? {};
  return Object.keys({ ...requests, ...limits }).some(isPodLevelResource);
}

function stated({ resources }: Container): ResourceAmounts {
  return computeUsage(amountsOf(resources?.requests), amountsOf(resources?.limits));
}

function isInScope(spec: PodSpec, scope: ScopedResourceSelectorRequirement): boolean {
  switch (scope.scopeName) {
    case "Terminating":
      return spec.activeDeadlineSeconds !== undefined;
    case "NotTerminating":
      return spec.activeDeadlineSeconds === undefined;
    case "BestEffort":
      return podQosClass(spec) === "BestEffort";
    case "NotBestEffort":
      return podQosClass(spec) !== "BestEffort";
    case "PriorityClass":
      return matchesValue(scope, spec.priorityClassName === "" ? undefined : spec.priorityClassName);
    case "CrossNamespacePodAffinity":
      return affinityTerms(spec).some(
        ({ namespaces = [], namespaceSelector }) => namespaces.length > 0 || namespaceSelector !== undefined,
      );
    case "VolumeAttributesClass":
      return false;
  }
}

function affinityTerms({ affinity }: PodSpec): readonly PodAffinityTerm[] {
  return [affinity?.podAffinity, affinity?.podAntiAffinity].flatMap((each) => [
    ...(each?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
    ...(each?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(
      ({ podAffinityTerm }) => podAffinityTerm,
    ),
  ]);
}
