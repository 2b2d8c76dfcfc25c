import type { Deployment } from "#api/generated/apps-v1.ts";
import { resolveIntOrPercent } from "#apimachinery/int-or-percent.ts";

export function desiredReplicas({ spec }: Deployment): number {
  return spec.replicas ?? 1;
}

export function isRollingUpdate({ spec }: Deployment): boolean {
  return (spec.strategy?.type ?? "RollingUpdate") === "RollingUpdate";
}

/** How many pods there may be beyond the desired ones during a rolling update. */
export function maxSurge(deployment: Deployment): number {
  return isRollingUpdate(deployment) ? resolveFenceposts(deployment).surge : 0;
}

/** How many of the desired pods may be unavailable during a rolling update. */
export function maxUnavailable(deployment: Deployment): number {
  if (!isRollingUpdate(deployment)) return 0;
  return Math.min(resolveFenceposts(deployment).unavailable, desiredReplicas(deployment));
}

/** Surge is rounded up and unavailability down; when both come to nothing, one pod may be missing. */
function resolveFenceposts(deployment: Deployment): { readonly surge: number; readonly unavailable: number } {
  const { maxSurge: surgeText = 0, maxUnavailable: unavailableText = 0 } =
    deployment.spec.strategy?.rollingUpdate ?? {};
  const desired = desiredReplicas(deployment);
  const surge = resolveIntOrPercent(surgeText, desired, "up");
  const unavailable = resolveIntOrPercent(unavailableText, desired, "down");
  return { surge, unavailable: surge === 0 && unavailable === 0 ? 1 : unavailable };
}
