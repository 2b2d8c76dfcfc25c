import type { PersistentVolume } from "#api/generated/core-v1.ts";
import type { Plan } from "#reconcile/action.ts";
import { defineController } from "#reconcile/controller.ts";
import { planProtection } from "./plan-protection.ts";

const FINALIZER = "kubernetes.io/pv-protection";

/** Keeps volumes while they are bound to a claim. */
export const pvProtectionController = defineController<PersistentVolume>({
  name: "pv-protection",
  primary: "PersistentVolume",
  watches: [{ kind: "PersistentVolume", wakes: "itself" }],
  writes: ["PersistentVolume"],
  observe: ({ name }, caches) => caches.get("PersistentVolume", "", name),
  plan: planVolumeProtection,
});

export function planVolumeProtection(volume: PersistentVolume): Plan {
  return planProtection(volume, FINALIZER, volume.status?.phase === "Bound");
}
