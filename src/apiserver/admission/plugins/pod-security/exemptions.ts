import type { AdmissionRequest } from "../../admission-plugin.ts";
import type { PodLike } from "./check.ts";
import type { PodSecurityConfiguration } from "./configuration.ts";
import type { PodSecurityMetrics } from "./pod-security-metrics.ts";
import { PREFIX } from "./policy.ts";

/** What requests are judged by, and where it is counted. */
export interface PodSecurityEnvironment {
  readonly configuration: PodSecurityConfiguration;
  readonly metrics: PodSecurityMetrics;
}

/** Whether the pods of a namespace or of a user are no concern; the audit event says so. */
export function isExempt(
  request: AdmissionRequest,
  { configuration: { exemptions }, metrics }: PodSecurityEnvironment,
): boolean {
  const isOfNamespace = exemptions.namespaces.includes(request.namespace);
  const reason = isOfNamespace ? "namespace" : exemptions.usernames.includes(request.user.name) ? "user" : "";
  if (reason !== "") noteExemption(request, reason, metrics);
  return reason !== "";
}

export function hasExemptRuntime({ spec }: PodLike, { exemptions }: PodSecurityConfiguration): boolean {
  return spec.runtimeClassName !== undefined && exemptions.runtimeClasses.includes(spec.runtimeClassName);
}

/** Whether a pod runs with a runtime that confines it better; the audit event says so. */
export function isExemptPod(
  request: AdmissionRequest,
  pod: PodLike,
  { configuration, metrics }: PodSecurityEnvironment,
): boolean {
  const isExempt = hasExemptRuntime(pod, configuration);
  if (isExempt) noteExemption(request, "runtimeClass", metrics);
  return isExempt;
}

function noteExemption(request: AdmissionRequest, reason: string, metrics: PodSecurityMetrics): void {
  request.annotate(`${PREFIX}exempt`, reason);
  metrics.exempted(request);
}
