import type { WriteContext } from "#api/kind.ts";
import { semanticallyEqual } from "#api/validation/equality.ts";
import { checkPathSegmentName } from "#api/validation/names.ts";
import { validateObjectMeta, validateObjectMetaUpdate } from "#api/validation/object-meta.ts";
import { type FieldError, invalid as invalidField } from "#apimachinery/field-error.ts";
import { quote } from "#apimachinery/go-text.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import { invalid, modifiedConflict, type StatusError, unclassified } from "#apimachinery/status-error.ts";
import type { ServedResource } from "../registry/served-resource.ts";
import { keepSystemMetadata, placeInNamespace, withGeneration } from "./metadata.ts";
import type { UpdateStrategy } from "./update-strategy.ts";

/** What decides about an update: the subresource's rules, the kind in the version of the hub, and who updates when. */
export interface UpdateRules {
  readonly strategy: UpdateStrategy;
  readonly served: ServedResource;
  readonly context: WriteContext;
}

/** An object as it may replace `previous`, in the version of the hub. */
export function prepareForUpdate(
  next: KubeObject,
  previous: KubeObject,
  { strategy, served, context }: UpdateRules,
): KubeObject {
  const placed = placeInNamespace(next, served, previous.metadata.namespace);
  const { generation } = previous.metadata;
  const prepared = strategy.prepare(withGeneration(placed, generation), previous, served, context);
  const kept = keepSystemMetadata(prepared, previous);
  const isNew = strategy.isReport !== true && isNewGeneration(kept, previous, served);
  return isNew ? withGeneration(kept, (generation ?? 0) + 1) : kept;
}

function isNewGeneration(next: KubeObject, previous: KubeObject, { kind }: ServedResource): boolean {
  if (kind.hasGeneration === false) return false;
  return kind.isNewGeneration?.(next, previous) ?? !semanticallyEqual(desiredOf(next), desiredOf(previous));
}

/** What its author wants of an object: everything but metadata and status. */
function desiredOf(object: KubeObject): unknown {
  const { metadata: _metadata, status: _status, ...desired } = object as KubeObject & { status?: unknown };
  return desired;
}

export function validateUpdate(
  next: KubeObject,
  previous: KubeObject,
  { strategy, served }: Pick<UpdateRules, "strategy" | "served">,
): readonly FieldError[] {
  const { resource, takesAnyFinalizer } = served;
  const options = {
    namespaced: resource.namespaced,
    validateName: checkPathSegmentName,
    anyFinalizer: takesAnyFinalizer,
  };
  return [
    ...validateObjectMeta(next.metadata, options, "metadata"),
    ...validateObjectMetaUpdate(next.metadata, previous.metadata, "metadata", options),
    ...strategy.validate(next, previous, served),
  ];
}

/**
 * The object with the resourceVersion of the stored one. Throws Conflict when it has another, and Invalid when the
 * kind wants one and it has none.
 */
export function checkResourceVersion(
  next: KubeObject,
  previous: KubeObject,
  { kind, qualified }: ServedResource,
): KubeObject {
  const { resourceVersion = "", name } = next.metadata;
  const current = previous.metadata.resourceVersion ?? "";
  if (resourceVersion === current) return next;
  if (resourceVersion === "") {
    if (kind.allowUnconditionalUpdate === false) throw versionMissing(qualified, name);
    return { ...next, metadata: { ...next.metadata, resourceVersion: current } };
  }
  if (!/^[0-9]+$/.test(resourceVersion)) {
    throw unclassified(`strconv.ParseUint: parsing ${quote(resourceVersion)}: invalid syntax`);
  }
  throw modifiedConflict(qualified, name);
}

/** Upstream names the resource where the kind should be. */
function versionMissing({ group, resource }: ServedResource["qualified"], name: string): StatusError {
  const error = invalidField("metadata.resourceVersion", 0, "must be specified for an update");
  return invalid({ group, kind: resource }, name, [error]);
}

/** Whether the update lets an object go that was only waiting for its finalizers. */
export function isDeletionComplete(next: KubeObject, { metadata: previous }: KubeObject): boolean {
  return (
    (next.metadata.finalizers ?? []).length === 0 &&
    (previous.deletionTimestamp ?? null) !== null &&
    (previous.deletionGracePeriodSeconds ?? 0) === 0
  );
}
