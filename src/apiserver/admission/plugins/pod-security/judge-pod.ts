import { forbidden, type StatusError } from "#apimachinery/status-error.ts";
import type { AdmissionRequest } from "../../admission-plugin.ts";
import type { PodLike } from "./check.ts";
import type { PodSecurityMetrics } from "./pod-security-metrics.ts";
import { describeViolations, violationsOf } from "./pod-security-standards.ts";
import { formatLevelVersion, type LevelVersion, type Policy, PREFIX } from "./policy.ts";

/** Refuses a pod that its namespace does not allow, and otherwise tells client and audit what they asked to be told. */
export function judgePod(
  request: AdmissionRequest,
  pod: PodLike,
  { enforce, audit, warn }: Policy,
  mode: { readonly enforce: boolean; readonly metrics: PodSecurityMetrics },
): StatusError | undefined {
  const { resource, name } = request;
  if (mode.enforce) request.annotate(`${PREFIX}enforce-policy`, formatLevelVersion(enforce));
  const refusal = mode.enforce ? problemOf(pod, enforce) : undefined;
  if (mode.enforce) {
    const decision = refusal === undefined ? "allow" : "deny";
    mode.metrics.evaluated(request, { decision, mode: "enforce", policy: enforce });
  }
  const audited = problemOf(pod, audit);
  if (audited !== undefined) {
    request.annotate(`${PREFIX}audit-violations`, `would violate ${audited}`);
    mode.metrics.evaluated(request, { decision: "deny", mode: "audit", policy: audit });
  }
  if (refusal !== undefined) return forbidden(resource, name, `violates ${refusal}`);
  const warning = problemOf(pod, warn);
  if (warning === undefined) return undefined;
  request.warn(`would violate ${warning}`);
  mode.metrics.evaluated(request, { decision: "deny", mode: "warn", policy: warn });
  return undefined;
}

/** `PodSecurity "baseline:latest": host namespaces (hostPID=true)`. */
function problemOf(pod: PodLike, wanted: LevelVersion): string | undefined {
  const violations = violationsOf(pod, wanted);
  if (violations.length === 0) return undefined;
  return `PodSecurity "${formatLevelVersion(wanted)}": ${describeViolations(violations)}`;
}
