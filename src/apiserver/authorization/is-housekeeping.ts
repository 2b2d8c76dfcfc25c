import { semanticallyEqual } from "#api/validation/equality.ts";
import type { KubeObject } from "#apimachinery/meta.ts";

/** Changes only what the garbage collector has to change to delete it one day. */
export function isHousekeeping(next: KubeObject, previous: KubeObject): boolean {
  const { ownerReferences, finalizers, managedFields } = previous.metadata;
  const metadata = { ...next.metadata, ownerReferences, finalizers, managedFields };
  return semanticallyEqual({ ...next, metadata }, previous);
}
