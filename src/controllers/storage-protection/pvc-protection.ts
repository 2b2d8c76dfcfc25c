import type { PersistentVolumeClaim, Pod, Volume } from "#api/generated/core-v1.ts";
import { controllerOf } from "#apimachinery/owners.ts";
import type { Plan } from "#reconcile/action.ts";
import { defineController } from "#reconcile/controller.ts";
import { planProtection } from "./plan-protection.ts";

const FINALIZER = "kubernetes.io/pvc-protection";

export interface ClaimProtectionView {
  readonly claim: PersistentVolumeClaim;
  /** Those with a volume that may be of this claim. */
  readonly pods: readonly Pod[];
}

/** Keeps claims until no pod on a node uses them any more. */
export const pvcProtectionController = defineController<ClaimProtectionView>({
  name: "pvc-protection",
  primary: "PersistentVolumeClaim",
  watches: [
    { kind: "PersistentVolumeClaim", wakes: "itself" },
    {
      kind: "Pod",
      wakes: (pod) => claimNamesOf(pod).map((name) => ({ namespace: pod.metadata.namespace ?? "", name })),
      // Only pods that have let go can set a claim free.
      when: (pod) => pod.spec?.nodeName === undefined || isShutDown(pod) || hasEnded(pod),
    },
  ],
  indexes: [
    {
      kind: "Pod",
      name: "claim",
      keys: (pod) => claimNamesOf(pod).map((name) => `${pod.metadata.namespace ?? ""}/${name}`),
    },
  ],
  writes: ["PersistentVolumeClaim"],
  observe: ({ namespace, name }, caches) => {
    const claim = caches.get("PersistentVolumeClaim", namespace, name);
    return claim && { claim, pods: caches.byIndex("Pod", "claim", `${namespace}/${name}`) };
  },
  plan: planClaimProtection,
});

export function planClaimProtection({ claim, pods }: ClaimProtectionView): Plan {
  return planProtection(
    claim,
    FINALIZER,
    pods.some((pod) => uses(pod, claim)),
  );
}

function claimNamesOf(pod: Pod): readonly string[] {
  return (pod.spec?.volumes ?? []).flatMap((volume) => claimNameOf(pod, volume) ?? []);
}

/** The claim of an ephemeral volume has the names of pod and volume. */
function claimNameOf({ metadata }: Pod, volume: Volume): string | undefined {
  const { persistentVolumeClaim, ephemeral, name } = volume;
  return persistentVolumeClaim?.claimName ?? (ephemeral && `${metadata.name}-${name}`);
}

/** No node starts a pod whose claim is being deleted. */
function uses(pod: Pod, claim: PersistentVolumeClaim): boolean {
  if ((pod.spec?.nodeName ?? "") === "") return false;
  return (pod.spec?.volumes ?? []).some((volume) => {
    if (claimNameOf(pod, volume) !== claim.metadata.name) return false;
    if (volume.persistentVolumeClaim !== undefined) return true;
    return !isShutDown(pod) && controllerOf(claim)?.uid === pod.metadata.uid;
  });
}

/** Its node is done with the pod, or it has been deleted without asking. It must not wait for its own claim. */
function isShutDown({ metadata }: Pod): boolean {
  return metadata.deletionTimestamp !== undefined && Number(metadata.deletionGracePeriodSeconds ?? 1) === 0;
}

function hasEnded({ status }: Pod): boolean {
  return status?.phase === "Failed" || status?.phase === "Succeeded";
}
