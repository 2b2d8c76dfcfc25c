import { type ClusterEvent, isRegistered, mayHelp } from "../framework/cluster-event.ts";
import type { Framework } from "../framework/profile.ts";
import type { QueuedPod } from "./queued-pod.ts";

/** Whether a gated pod listens to the event: only its gate can say that it may be tried at all. */
export function isOpenTo(
  { gate }: QueuedPod,
  event: ClusterEvent,
  framework: Framework | undefined,
): boolean {
  if (gate === undefined) return true;
  return framework?.events.get(gate)?.some((registration) => isRegistered(registration, event)) === true;
}

/** Whether one of the plugins that rejected the pod may decide otherwise after the event. */
export function isHelpedBy(
  { rejectors, info }: QueuedPod,
  event: ClusterEvent,
  framework: Framework | undefined,
): boolean {
  if (rejectors.size === 0) return true;
  try {
    for (const rejector of rejectors) {
      const registrations = framework?.events.get(rejector) ?? [];
      if (registrations.some((registration) => mayHelp(registration, info, event))) return true;
    }
    return false;
  } catch {
    // Whatever the hint cannot cope with, another attempt will say; without one the pod might wait in vain.
    return true;
  }
}
