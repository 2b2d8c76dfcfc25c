import type { KubeObject } from "#apimachinery/meta.ts";
import type { Plan } from "#reconcile/action.ts";

/** Sets an object free that is being deleted and that nobody uses, and holds those that admission has not seen. */
export function planProtection(object: KubeObject, finalizer: string, isUsed: boolean): Plan {
  const { finalizers = [], deletionTimestamp } = object.metadata;
  const isLeaving = deletionTimestamp !== undefined;
  const isHeld = finalizers.includes(finalizer);
  if (isLeaving && isHeld && !isUsed) {
    return planFinalizers(
      object,
      finalizers.filter((each) => each !== finalizer),
    );
  }
  return !isLeaving && !isHeld ? planFinalizers(object, [...finalizers, finalizer]) : { actions: [] };
}

function planFinalizers(object: KubeObject, finalizers: readonly string[]): Plan {
  return {
    actions: [{ type: "update", object: { ...object, metadata: { ...object.metadata, finalizers } } }],
  };
}
