/** Who owns which field of an object: noted with every write, and what server-side apply goes by. */
import { applyPatch } from "#apimachinery/apply/apply-patch.ts";
import type { FieldManagerType } from "#apimachinery/apply/field-manager.ts";
import { managerNameOf } from "#apimachinery/apply/manager-name.ts";
import { keepTimes, trackUpdate as track } from "#apimachinery/apply/track-update.ts";
import type { JsonObject } from "#apimachinery/json-value.ts";
import { type KubeObject, parseApiVersion } from "#apimachinery/meta.ts";
import type { PatchOptions, WriteOptions } from "#apimachinery/request.ts";
import { formatTime } from "#apimachinery/time.ts";
import { omit } from "#base/omit.ts";
import { type Between, withConversions } from "./pending-conversion.ts";
import type { RequestScope } from "./request-scope.ts";
import type { WriteEnvironment } from "./write-environment.ts";

export interface TrackedUpdate {
  readonly next: KubeObject;
  /** Absent when the object is created. */
  readonly live: KubeObject | undefined;
  readonly options: WriteOptions;
}

export interface AppliedUpdate {
  /** The parsed configuration. */
  readonly applied: unknown;
  readonly live: KubeObject | undefined;
  readonly options: PatchOptions;
}

/** The next object with note of who changes what, by any request but an apply. */
export async function trackUpdate(
  environment: WriteEnvironment,
  scope: RequestScope,
  update: TrackedUpdate,
): Promise<KubeObject> {
  return await withConversions((between) =>
    trackUpdateOf(typeFor(environment, scope, between), environment, scope, update),
  );
}

/** The object as the applied configuration wants it. Defaults are the caller's to set. */
export async function applyUpdate(
  environment: WriteEnvironment,
  scope: RequestScope,
  update: AppliedUpdate,
): Promise<KubeObject> {
  return await withConversions((between) =>
    applyUpdateOf(typeFor(environment, scope, between), environment, update),
  );
}

function typeFor(
  { fieldManagers }: WriteEnvironment,
  { served, target }: RequestScope,
  between: Between,
): FieldManagerType {
  return fieldManagers.typeOf(served, target.subresource ?? "", between);
}

/** `trackUpdate` for a body that is of another kind than the resource. */
export function trackUpdateOf(
  type: FieldManagerType,
  { clock }: Pick<WriteEnvironment, "clock">,
  { context }: Pick<RequestScope, "context">,
  { next, live, options }: TrackedUpdate,
): KubeObject {
  const tracked = track({
    type,
    next: toJson(next),
    live: live && toJson(live),
    manager: managerNameOf(options.fieldManager, context.userAgent),
    time: formatTime(clock.now()),
  });
  return toObject(tracked);
}

/** `applyUpdate` for a body that is of another kind than the resource. */
export function applyUpdateOf(
  type: FieldManagerType,
  { clock, codec }: Pick<WriteEnvironment, "clock" | "codec">,
  { applied, live, options }: AppliedUpdate,
): KubeObject {
  const { object, isChanged } = applyPatch({
    type,
    live: live && toJson(live),
    applied,
    manager: options.fieldManager ?? "",
    force: options.force ?? false,
    time: formatTime(clock.now()),
  });
  if (!isChanged) return toObject(object);
  const gvk = { ...parseApiVersion(type.apiVersion), kind: type.kind };
  const known = live && toJson(live);
  return toObject(codec.decode(type.schema, object, { gvk, fieldValidation: "Ignore", known }).object);
}

/** The object with the times that `previous` has for its managers, where nothing else is different. */
export function keepManagerTimes(next: KubeObject, previous: KubeObject): KubeObject {
  return toObject(keepTimes(toJson(previous), toJson(next)));
}

export function withoutManagedFields<T extends KubeObject>(object: T): T {
  return { ...object, metadata: omit(object.metadata, "managedFields") };
}

/** Every object is plain JSON; interfaces just do not say so. */
function toJson(object: KubeObject): JsonObject {
  return object as unknown as JsonObject;
}

function toObject(json: JsonObject): KubeObject {
  return json as unknown as KubeObject;
}
