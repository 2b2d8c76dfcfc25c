/**
 * What a request to delete does to an object (apiserver `registry/rest/delete.go` and `registry/generic/registry`):
 * graceful deletion waits for the node or a controller, finalizers wait for whoever put them there.
 */
import type { Kind } from "#api/kind.ts";
import type { ObjectMeta } from "#apimachinery/generated/meta-v1.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import type { DeleteOptions, DeletionPropagation } from "#apimachinery/request.ts";
import { conflict, type QualifiedResource, type StatusError } from "#apimachinery/status-error.ts";
import { formatTime } from "#apimachinery/time.ts";
import { omit } from "#base/omit.ts";

export type DeletionPlan =
  /** The object goes at once. */
  | { readonly type: "remove" }
  /** The object is marked; it goes right after that, or when the wait is over. */
  | { readonly type: "mark"; readonly object: KubeObject; readonly thenRemove: boolean }
  /** It is on its way already, and this request cannot hurry it. */
  | { readonly type: "keep" };

const ORPHAN = "orphan";
const FOREGROUND = "foregroundDeletion";

/** Decides about one object; preconditions are the caller's to check. `now` is in milliseconds since the epoch. */
export function planDeletion(
  object: KubeObject,
  { gracePeriodSeconds, defaultPropagation }: Pick<Kind, "gracePeriodSeconds" | "defaultPropagation">,
  options: DeleteOptions,
  now: number,
): DeletionPlan {
  const requested = atLeastOne(options.gracePeriodSeconds);
  const graceful = planGrace(object, gracePeriodSeconds, requested, now);
  if (graceful === "pending") return { type: "keep" };
  const policy = policyFor(object.metadata, defaultPropagation, options);
  const metadata = withFinalizers(graceful?.metadata ?? object.metadata, policy);
  const isBlocked = (metadata.finalizers ?? []).length > 0;
  if (graceful !== undefined) {
    return {
      type: "mark",
      object: { ...object, metadata },
      thenRemove: !isBlocked && graceful.seconds === 0,
    };
  }
  if (!isBlocked) return { type: "remove" };
  return { type: "mark", object: { ...object, metadata: markNow(metadata, now) }, thenRemove: false };
}

/** Negative periods count as one second. */
function atLeastOne(seconds: number | undefined): number | undefined {
  return seconds !== undefined && seconds < 0 ? 1 : seconds;
}

interface Grace {
  readonly metadata: ObjectMeta;
  readonly seconds: number;
}

/** The marks of a graceful deletion; undefined when nothing has to be waited for. */
function planGrace(
  object: KubeObject,
  gracePeriodSeconds: Kind["gracePeriodSeconds"],
  requested: number | undefined,
  now: number,
): Grace | "pending" | undefined {
  if (gracePeriodSeconds === undefined) return undefined;
  const { metadata } = object;
  if (isSet(metadata.deletionTimestamp)) return shortenGrace(metadata, requested, now);
  const seconds = gracePeriodSeconds(object, requested);
  if (seconds === undefined) return undefined;
  return { seconds, metadata: markGraceful(nextGeneration(metadata), now + seconds * 1000, seconds) };
}

/** A deletion that has begun can only be made to end sooner. */
function shortenGrace(
  metadata: ObjectMeta,
  requested: number | undefined,
  now: number,
): Grace | "pending" | undefined {
  const current = atLeastOne(metadata.deletionGracePeriodSeconds);
  if (current === undefined || current === 0) return undefined;
  if (requested === undefined || requested >= current) return "pending";
  const started = Date.parse(metadata.deletionTimestamp ?? "") - current * 1000;
  const end = started + requested * 1000;
  if (end >= now) return { seconds: requested, metadata: markGraceful(metadata, end, requested) };
  // The time is over, but the final deletion is still somebody else's unless it was asked for.
  const seconds = requested === 0 ? 0 : 1;
  return { seconds, metadata: markGraceful(metadata, now, seconds) };
}

function markGraceful(metadata: ObjectMeta, at: number, seconds: number): ObjectMeta {
  return { ...metadata, deletionTimestamp: formatTime(at), deletionGracePeriodSeconds: seconds };
}

function markNow(metadata: ObjectMeta, now: number): ObjectMeta {
  const { deletionTimestamp } = metadata;
  if (!isSet(deletionTimestamp)) return markGraceful(nextGeneration(metadata), now, 0);
  return markGraceful(metadata, Math.min(now, Date.parse(deletionTimestamp)), 0);
}

/** Controllers are to look again at an object that begins to be deleted. */
function nextGeneration(metadata: ObjectMeta): ObjectMeta {
  const { generation = 0 } = metadata;
  return generation > 0 ? { ...metadata, generation: generation + 1 } : metadata;
}

/** What the request says; finalizers that are there already outrank what the kind does by default. */
function policyFor(
  { finalizers = [] }: ObjectMeta,
  byDefault: Kind["defaultPropagation"],
  options: DeleteOptions,
): DeletionPropagation | undefined {
  if (byDefault === "Unsupported") return "Background";
  const requested = requestedPolicy(options);
  if (requested !== undefined) return requested;
  return finalizers.includes(ORPHAN) || finalizers.includes(FOREGROUND) ? undefined : byDefault;
}

/** The policy that a request names, in either form. */
export function requestedPolicy({
  propagationPolicy,
  orphanDependents,
}: DeleteOptions): DeletionPropagation | undefined {
  if (orphanDependents === undefined) return propagationPolicy;
  return orphanDependents ? "Orphan" : "Background";
}

/** The garbage collector's finalizers say what becomes of the dependents. */
export function withFinalizers(metadata: ObjectMeta, policy: DeletionPropagation | undefined): ObjectMeta {
  if (policy === undefined) return metadata;
  const present = metadata.finalizers ?? [];
  const others = present.filter((each) => each !== ORPHAN && each !== FOREGROUND);
  const finalizers = [
    ...others,
    ...(policy === "Orphan" ? [ORPHAN] : []),
    ...(policy === "Foreground" ? [FOREGROUND] : []),
  ];
  if (finalizers.length === present.length && finalizers.every((each) => present.includes(each))) {
    return metadata;
  }
  return finalizers.length === 0 ? omit(metadata, "finalizers") : { ...metadata, finalizers };
}

/** Why the object is not the one that the request is about. */
export function checkPreconditions(
  { kind, metadata }: KubeObject,
  group: string,
  { preconditions = {} }: DeleteOptions,
): StatusError | undefined {
  const { uid, resourceVersion } = preconditions;
  // Upstream names the kind here, not the resource.
  const refuse = (why: string): StatusError => conflict({ group, resource: kind }, metadata.name, why);
  if (uid !== undefined && uid !== metadata.uid) {
    return refuse(
      `the UID in the precondition (${uid}) does not match the UID in record (${metadata.uid}). The object might have been deleted and then recreated`,
    );
  }
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion) {
    return refuse(
      `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${metadata.resourceVersion ?? ""}). The object might have been modified`,
    );
  }
  return undefined;
}

/** The same for resources whose deletion begins with a mark of their own, which word it otherwise. */
export function checkMarkPreconditions(
  { metadata }: KubeObject,
  resource: QualifiedResource,
  { preconditions = {} }: DeleteOptions,
): StatusError | undefined {
  const { uid = metadata.uid, resourceVersion = metadata.resourceVersion } = preconditions;
  const refuse = (what: string, wanted: string, present: string): StatusError =>
    conflict(
      resource,
      metadata.name,
      `Precondition failed: ${what} in precondition: ${wanted}, ${what} in object meta: ${present}`,
    );
  if (uid !== metadata.uid) return refuse("UID", uid, metadata.uid);
  if (resourceVersion === metadata.resourceVersion) return undefined;
  return refuse("ResourceVersion", resourceVersion ?? "", metadata.resourceVersion ?? "");
}

function isSet(timestamp: string | null | undefined): timestamp is string {
  return timestamp !== undefined && timestamp !== null;
}
