import type { KubeObject } from "#apimachinery/meta.ts";
import { unclassified } from "#apimachinery/status-error.ts";
import type { Entry } from "#store/store.ts";
import { StoreError } from "#store/store-error.ts";
import { type AuditAnnotations, timed } from "../audit-annotations.ts";
import type { ServedResource } from "../registry/served-resource.ts";
import { encodeObject } from "./encoded-object.ts";
import type { ObjectStorage } from "./object-storage.ts";

/** The largest object that etcd takes in its default configuration, which upstream therefore allows. */
export const MAX_OBJECT_BYTES = 1.5 * 1024 * 1024;

const TOO_LARGE = "etcdserver: request is too large";

/** What is to become of a key, decided from what is there. */
export type WriteDecision =
  | {
      readonly type: "put";
      /** In the version of the hub. */
      readonly object: KubeObject;
      /** See `WriteOptions.lazy` of the store. */
      readonly lazy?: boolean;
    }
  | { readonly type: "remove" }
  /** Everything stays as it is. */
  | { readonly type: "keep" };

export type WriteOutcome =
  | { readonly type: "put"; readonly entry: Entry; readonly isNew: boolean }
  | { readonly type: "removed"; readonly entry: Entry; readonly revision: number }
  | { readonly type: "kept"; readonly entry: Entry | undefined };

/** Where an object is, or is going to be. */
export interface WritePlace {
  readonly key: string;
  readonly served: ServedResource;
}

/** What a write is part of, such as the scope of a request. */
export interface WriteScope {
  readonly context: { readonly signal: AbortSignal };
  /** Where it is noted how long the store takes; absent for what nobody has asked for. */
  readonly annotations?: AuditAnnotations;
}

/**
 * Reads a key, decides, and writes under the guard that nothing has changed meanwhile; decides anew when something
 * has. An object that does not differ from the stored one is not written. Gives up when the signal aborts.
 */
export async function guardedWrite(
  storage: ObjectStorage,
  place: WritePlace,
  decide: (present: Entry | undefined) => WriteDecision | Promise<WriteDecision>,
  { context: { signal }, annotations }: WriteScope,
): Promise<WriteOutcome> {
  const target = { storage, place, annotations };
  let present = storage.store.get(place.key);
  for (;;) {
    const decision = await decide(present);
    try {
      return await perform(target, present, decision);
    } catch (error) {
      signal.throwIfAborted();
      present = presentAfter(error);
    }
  }
}

interface WriteTarget {
  readonly storage: ObjectStorage;
  readonly place: WritePlace;
  readonly annotations: AuditAnnotations | undefined;
}

async function perform(
  target: WriteTarget,
  present: Entry | undefined,
  decision: WriteDecision,
): Promise<WriteOutcome> {
  switch (decision.type) {
    case "keep":
      return { type: "kept", entry: present };
    case "remove": {
      if (present === undefined) return { type: "kept", entry: undefined };
      const { storage, place, annotations } = target;
      const { previous, revision } = await timed(annotations, "etcd", () =>
        storage.store.delete(place.key, present.revision),
      );
      return { type: "removed", entry: previous, revision };
    }
    case "put":
      return await put(target, present, decision);
  }
}

async function put(
  { storage, place, annotations }: WriteTarget,
  present: Entry | undefined,
  { object: wanted, lazy = false }: Extract<WriteDecision, { type: "put" }>,
): Promise<WriteOutcome> {
  const { key, served } = place;
  const { hub } = served;
  const object = await hub.conversion.toStored(wanted, hub);
  if (present !== undefined && sharesAll(storage.storedObjectOf(present), object)) {
    return { type: "put", entry: present, isNew: false };
  }
  const value = encodeObject(object);
  if (present !== undefined && isSame(storage, present, value, object)) {
    return { type: "put", entry: present, isNew: false };
  }
  if (value.length > MAX_OBJECT_BYTES) throw unclassified(TOO_LARGE);
  storage.remember(value, object);
  const entry = await timed(annotations, "etcd", () =>
    present === undefined
      ? storage.store.create(key, value)
      : storage.store.update(key, present.revision, value, { lazy }),
  );
  return { type: "put", entry, isNew: present === undefined };
}

/** Whether an object consists of the very parts of the stored one, so that it need not be encoded to be compared. */
function sharesAll(stored: KubeObject, object: KubeObject): boolean {
  const names = Object.keys(object) as (keyof KubeObject)[];
  return (
    names.length === Object.keys(stored).length &&
    names.every((name) => name === "metadata" || object[name] === stored[name]) &&
    Bun.deepEquals(storedMetadata(object), storedMetadata(stored))
  );
}

/** Bytes of one length may still differ in the order of map keys, which means nothing. */
function isSame(storage: ObjectStorage, present: Entry, value: Uint8Array, object: KubeObject): boolean {
  if (present.value.length !== value.length) return false;
  if (Buffer.compare(present.value, value) === 0) return true;
  const stored = storage.storedObjectOf(present);
  return Bun.deepEquals(
    { ...object, metadata: storedMetadata(object) },
    { ...stored, metadata: storedMetadata(stored) },
  );
}

function storedMetadata({ metadata }: KubeObject): object {
  const { resourceVersion: _, ...stored } = metadata;
  return stored;
}

/** What is there now, after another writer came first. Throws every other failure. */
function presentAfter(error: unknown): Entry | undefined {
  if (!(error instanceof StoreError)) throw error;
  const { detail } = error;
  if (detail.code === "keyExists" || detail.code === "conflict") return detail.present;
  throw error;
}

/** Whether a write failed because the object is too large. */
export function isTooLarge(error: unknown): boolean {
  return error instanceof Error && error.message === TOO_LARGE;
}
