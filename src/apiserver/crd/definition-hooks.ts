import type { CustomResourceDefinition } from "#api/generated/apiextensions-v1.ts";
import { formatTime } from "#apimachinery/time.ts";
import { type DeletionPlan, withFinalizers } from "../verbs/plan-deletion.ts";
import type { WriteHooks } from "../verbs/write-hooks.ts";
import {
  CLEANUP_FINALIZER,
  DELETION_PENDING,
  holdsCleanup,
  isTerminating,
  withTermination,
} from "./termination.ts";

/** A definition stays until all instances of its resource are gone: the first deletion only marks it. */
export const definitionHooks: WriteHooks = {
  planDeletion: (object, options, now) => planDeletion(object as CustomResourceDefinition, options, now),
};

function planDeletion(
  definition: CustomResourceDefinition,
  { propagationPolicy }: Parameters<NonNullable<WriteHooks["planDeletion"]>>[1],
  now: number,
): DeletionPlan | undefined {
  if (isTerminating(definition)) return undefined;
  const deletionTimestamp = formatTime(now);
  const metadata = withFinalizers(definition.metadata, propagationPolicy);
  const held = holdsCleanup(definition) ? [] : [CLEANUP_FINALIZER];
  const finalizers = [...(metadata.finalizers ?? []), ...held];
  const marked = { ...definition, metadata: { ...metadata, deletionTimestamp, finalizers } };
  return {
    type: "mark",
    object: withTermination(marked, DELETION_PENDING, deletionTimestamp),
    thenRemove: false,
  };
}
