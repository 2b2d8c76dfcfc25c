import type { Namespace } from "#api/generated/core-v1.ts";
import type { DeleteOptions } from "#apimachinery/request.ts";
import { formatTime } from "#apimachinery/time.ts";
import { type DeletionPlan, withFinalizers } from "../verbs/plan-deletion.ts";
import type { WriteHooks } from "../verbs/write-hooks.ts";

/**
 * A namespace is emptied before it goes: its deletion begins with the phase Terminating and ends when the last of
 * `spec.finalizers` has been taken away (kube-apiserver `registry/core/namespace/storage`).
 */
export const namespaceHooks: WriteHooks = {
  planDeletion: (object, options, now) => planNamespaceDeletion(object as Namespace, options, now),
  isFinished: (object) => ((object as Namespace).spec.finalizers ?? []).length === 0,
};

function planNamespaceDeletion(
  namespace: Namespace,
  { propagationPolicy, orphanDependents }: DeleteOptions,
  now: number,
): DeletionPlan | undefined {
  if ((namespace.metadata.deletionTimestamp ?? null) === null) {
    const metadata = {
      ...withFinalizers(
        namespace.metadata,
        orphanDependents === undefined ? propagationPolicy : orphanDependents ? "Orphan" : "Foreground",
      ),
      deletionTimestamp: formatTime(now),
    };
    const status = { ...namespace.status, phase: "Terminating" as const };
    const marked: Namespace = { ...namespace, metadata, status };
    return { type: "mark", object: marked, thenRemove: false };
  }
  return (namespace.spec.finalizers ?? []).length > 0 ? { type: "keep" } : undefined;
}
