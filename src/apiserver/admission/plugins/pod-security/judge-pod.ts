import { forbidden, type StatusError } from "#apimachinery/status-error.ts";
import type { AdmissionRequest } from "../../admission-plugin.ts";
import type { PodLike } from "./check.ts";
import { describeViolations, violationsOf } from "./pod-security-standards.ts";
import { formatLevelVersion, type LevelVersion, type Policy, PREFIX } from "./policy.ts";

/** Refuses a pod that its namespace does not allow, and otherwise tells client and audit what they asked to be told. */
export function judgePod(
  request: AdmissionRequest,
  pod: PodLike,
  { enforce, audit, warn }: Policy,
  mode: { readonly enforce: boolean },
): StatusError | undefined {
  const { resource, name } = request;
  if (mode.enforce) request.annotate(`${PREFIX}enforce-policy`, formatLevelVersion(enforce));
  const refusal = mode.enforce ? problemOf(pod, enforce) : undefined;
  const audited = problemOf(pod, audit);
  if (audited !== undefined) request.annotate(`${PREFIX}audit-violations`, `would violate ${audited}`);
  if (refusal !== undefined) return forbidden(resource, name, `violates ${refusal}`);
  const warning = problemOf(pod, warn);
  if (warning !== undefined) request.warn(`would violate ${warning}`);
  return undefined;
}

/** `PodSecurity "baseline:latest": host namespaces (hostPID=true)`. */
function problemOf(pod: PodLike, wanted: LevelVersion): string | undefined {
  const violations = violationsOf(pod, wanted);
  if (violations.length === 0) return undefined;
  return `PodSecurity "${formatLevelVersion(wanted)}": ${describeViolations(violations)}`;
}
