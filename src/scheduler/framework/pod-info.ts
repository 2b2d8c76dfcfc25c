import type { Affinity, Pod } from "#api/generated/core-v1.ts";
import { SelectorError } from "#apimachinery/selectors/selector-error.ts";
import {
  type AffinityTerm,
  compileAffinityTerm,
  compileWeightedTerm,
  type WeightedAffinityTerm,
} from "./affinity-term.ts";
import { type HostPort, hostPortsOf } from "./host-ports.ts";
import { effectiveRequests, nonZeroRequests } from "./pod-requests.ts";
import { type Resources, resourcesOf } from "./resources.ts";

/** A pod with everything that is needed of it again and again, found once. */
export interface PodInfo {
  readonly pod: Pod;
  readonly namespace: string;
  readonly priority: number;
  readonly requests: Resources;
  /** What scores count: pods that ask for nothing use something all the same. */
  readonly nonZeroRequests: Resources;
  readonly hostPorts: readonly HostPort[];
  readonly affinity: PodAffinityTerms;
}

/** Affinities to other pods. */
export interface PodAffinityTerms {
  readonly required: readonly AffinityTerm[];
  readonly requiredAnti: readonly AffinityTerm[];
  readonly preferred: readonly WeightedAffinityTerm[];
  readonly preferredAnti: readonly WeightedAffinityTerm[];
  /** Why the terms cannot be used; there are none then. */
  readonly problem?: string;
}

const NO_TERMS: PodAffinityTerms = { required: [], requiredAnti: [], preferred: [], preferredAnti: [] };

export function podInfoOf(pod: Pod): PodInfo {
  return {
    pod,
    namespace: pod.metadata.namespace ?? "",
    priority: pod.spec.priority ?? 0,
    requests: resourcesOf(effectiveRequests(pod)),
    nonZeroRequests: resourcesOf(nonZeroRequests(pod)),
    hostPorts: hostPortsOf(pod),
    affinity: termsOf(pod),
  };
}

export function hasPodAffinity({ pod: { spec } }: PodInfo): boolean {
  return spec.affinity?.podAffinity !== undefined || spec.affinity?.podAntiAffinity !== undefined;
}

function termsOf(pod: Pod): PodAffinityTerms {
  const { podAffinity, podAntiAffinity } = pod.spec.affinity ?? {};
  if (podAffinity === undefined && podAntiAffinity === undefined) return NO_TERMS;
  try {
    return compileTerms(pod, {
      ...(podAffinity && { podAffinity }),
      ...(podAntiAffinity && { podAntiAffinity }),
    });
  } catch (error) {
    if (error instanceof SelectorError) return { ...NO_TERMS, problem: error.message };
    throw error;
  }
}

function compileTerms(pod: Pod, { podAffinity = {}, podAntiAffinity = {} }: Affinity): PodAffinityTerms {
  const { requiredDuringSchedulingIgnoredDuringExecution: required = [] } = podAffinity;
  const { requiredDuringSchedulingIgnoredDuringExecution: requiredAnti = [] } = podAntiAffinity;
  const { preferredDuringSchedulingIgnoredDuringExecution: preferred = [] } = podAffinity;
  const { preferredDuringSchedulingIgnoredDuringExecution: preferredAnti = [] } = podAntiAffinity;
  return {
    required: required.map((term) => compileAffinityTerm(pod, term)),
    requiredAnti: requiredAnti.map((term) => compileAffinityTerm(pod, term)),
    preferred: preferred.map((term) => compileWeightedTerm(pod, term)),
    preferredAnti: preferredAnti.map((term) => compileWeightedTerm(pod, term)),
  };
}
