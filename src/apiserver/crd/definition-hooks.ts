import type { CustomResourceDefinition } from "#api/generated/apiextensions-v1.ts";
import { formatTime } from "#apimachinery/time.ts";
import type { DeletionPlan } from "../verbs/plan-deletion.ts";
import type { WriteHooks } from "../verbs/write-hooks.ts";
import { checkDefinition, type DefinitionChecks } from "./check-definition.ts";
import {
  CLEANUP_FINALIZER,
  DELETION_PENDING,
  holdsCleanup,
  isTerminating,
  withTermination,
} from "./termination.ts";

/**
 * A definition is written when its rules and defaults make sense, and stays until all instances of its resource are
 * gone: the first deletion only marks it.
 */
export function definitionHooks(checks: DefinitionChecks): WriteHooks {
  return {
    validate: (next, previous) =>
      // Keys of definitions hold nothing else.
      checkDefinition(
        next as CustomResourceDefinition,
        previous as CustomResourceDefinition | undefined,
        checks,
      ),
    planDeletion: (object, _options, now) => planDeletion(object as CustomResourceDefinition, now),
  };
}

function planDeletion(definition: CustomResourceDefinition, now: number): DeletionPlan | undefined {
  if (isTerminating(definition)) return undefined;
  const deletionTimestamp = formatTime(now);
  const { metadata } = definition;
  const held = holdsCleanup(definition) ? [] : [CLEANUP_FINALIZER];
  const finalizers = [...(metadata.finalizers ?? []), ...held];
  const marked = { ...definition, metadata: { ...metadata, deletionTimestamp, finalizers } };
  return {
    type: "mark",
    object: withTermination(marked, DELETION_PENDING, deletionTimestamp),
    thenRemove: false,
  };
}
