import type { AdmissionRequest } from "../../admission-plugin.ts";
import type { PodLike } from "./check.ts";
import type { PodSecurityConfiguration } from "./configuration.ts";
import { PREFIX } from "./policy.ts";

export function hasExemptRuntime({ spec }: PodLike, { exemptions }: PodSecurityConfiguration): boolean {
  return spec.runtimeClassName !== undefined && exemptions.runtimeClasses.includes(spec.runtimeClassName);
}

/** Whether a pod runs with a runtime that confines it better; the audit event says so. */
export function isExemptPod(
  request: AdmissionRequest,
  pod: PodLike,
  configuration: PodSecurityConfiguration,
): boolean {
  const isExempt = hasExemptRuntime(pod, configuration);
  if (isExempt) request.annotate(`${PREFIX}exempt`, "runtimeClass");
  return isExempt;
}
