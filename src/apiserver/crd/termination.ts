/** How a definition says that it is on its way out (upstream pkg/controller/finalizer and registry etcd.go). */
import { statusOf } from "#api/apiextensions/v1/definition-status.ts";
import type {
  CustomResourceDefinition,
  CustomResourceDefinitionCondition,
} from "#api/generated/apiextensions-v1.ts";
import { setCondition } from "#apimachinery/conditions.ts";
import type { Time } from "#apimachinery/generated/meta-v1.ts";
import { omit } from "#base/omit.ts";

/** Holds a definition until its instances are gone. */
export const CLEANUP_FINALIZER = "customresourcecleanup.apiextensions.k8s.io";

type Termination = Omit<CustomResourceDefinitionCondition, "type">;

export const DELETION_PENDING: Termination = {
  status: "True",
  reason: "InstanceDeletionPending",
  message: "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon",
};

export const DELETION_IN_PROGRESS: Termination = {
  status: "True",
  reason: "InstanceDeletionInProgress",
  message: "CustomResource deletion is in progress",
};

export const NEVER_ESTABLISHED: Termination = {
  status: "False",
  reason: "NeverEstablished",
  message: "resource was never established",
};

export const OVERLAPPING: Termination = {
  status: "False",
  reason: "OverlappingBuiltInResource",
  message: "instances overlap with built-in resources in storage",
};

export const DELETION_COMPLETED: Termination = {
  status: "False",
  reason: "InstanceDeletionCompleted",
  message: "removed all instances",
};

export function deletionFailed(problem: string): Termination {
  return {
    status: "True",
    reason: "InstanceDeletionFailed",
    message: `could not issue all deletes: ${problem}`,
  };
}

export const INSTANCES_REMAIN: Termination = {
  status: "True",
  reason: "InstanceDeletionCheck",
  message: "could not confirm zero CustomResources remaining: timed out waiting for the condition",
};

export function withTermination(
  definition: CustomResourceDefinition,
  termination: Termination,
  now: Time,
): CustomResourceDefinition {
  const status = statusOf(definition);
  const conditions = setCondition(status.conditions, { type: "Terminating", ...termination }, now);
  return { ...definition, status: { ...status, conditions } };
}

export function isTerminating({ metadata }: Pick<CustomResourceDefinition, "metadata">): boolean {
  return (metadata.deletionTimestamp ?? null) !== null;
}

export function holdsCleanup({ metadata }: Pick<CustomResourceDefinition, "metadata">): boolean {
  return metadata.finalizers?.includes(CLEANUP_FINALIZER) === true;
}

export function withoutCleanup(definition: CustomResourceDefinition): CustomResourceDefinition {
  const finalizers = (definition.metadata.finalizers ?? []).filter((each) => each !== CLEANUP_FINALIZER);
  const metadata = omit(definition.metadata, "finalizers");
  return { ...definition, metadata: finalizers.length === 0 ? metadata : { ...metadata, finalizers } };
}
