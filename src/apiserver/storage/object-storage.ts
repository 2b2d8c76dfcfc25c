import { deepFreeze } from "#apimachinery/deep-freeze.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import type { Entry, Store } from "#store/store.ts";
import type { ServedResource } from "../registry/served-resource.ts";
import { decodeObject, objectBytes, withResourceVersion } from "./encoded-object.ts";

/** Larger values, such as most definitions of custom resources, are decoded again rather than kept for nobody. */
const LARGE_BYTES = 16 * 1024;

/**
 * Objects behind the entries of the store. Every entry is decoded at most once while somebody holds the object; it is
 * frozen and shared by everybody who asks for it in this process.
 */
export class ObjectStorage {
  readonly store: Store;
  readonly #decoded = new WeakMap<Entry, KubeObject>();
  readonly #large = new WeakMap<Entry, WeakRef<KubeObject>>();
  readonly #converted = new WeakMap<Entry, WeakMap<ServedResource, KubeObject>>();

  constructor(store: Store) {
    this.store = store;
  }

  /** The object in the version that is asked for. */
  objectOf(entry: Entry, served: ServedResource): KubeObject {
    return isVerbatim(entry, served) ? this.storedObjectOf(entry) : this.#convertedObjectOf(entry, served);
  }

  /** The object in the stored version, as it was stored. */
  storedObjectOf(entry: Entry): KubeObject {
    const known = this.#decoded.get(entry) ?? this.#large.get(entry)?.deref();
    if (known !== undefined) return known;
    return this.#keep(entry, withResourceVersion(decodeObject(entry.value), entry.revision));
  }

  /** The JSON of the object in the version that is asked for; the stored bytes where nothing is converted. */
  bytesOf(entry: Entry, served: ServedResource): Uint8Array {
    return isVerbatim(entry, served)
      ? objectBytes(entry.value, entry.revision)
      : encodeJson(this.objectOf(entry, served));
  }

  /** Spares the decoding of an entry whose object, in the stored version, the writer still has. */
  remember(entry: Entry, object: KubeObject): KubeObject {
    return this.#keep(entry, withResourceVersion(object, entry.revision));
  }

  #keep(entry: Entry, object: KubeObject): KubeObject {
    const shared = deepFreeze(object);
    if (entry.value.length > LARGE_BYTES) this.#large.set(entry, new WeakRef(shared));
    else this.#decoded.set(entry, shared);
    return shared;
  }

  #convertedObjectOf(entry: Entry, served: ServedResource): KubeObject {
    const versions = this.#converted.get(entry) ?? new WeakMap<ServedResource, KubeObject>();
    const known = versions.get(served);
    if (known !== undefined) return known;
    const stored =
      served.stored === served ? this.#completedObjectOf(entry, served) : this.objectOf(entry, served.stored);
    const object = deepFreeze(fromStored(stored, served));
    this.#converted.set(entry, versions.set(served, object));
    return object;
  }

  #completedObjectOf(entry: Entry, { kind }: ServedResource): KubeObject {
    const object = this.storedObjectOf(entry);
    return kind.readStored?.(object) ?? object;
  }
}

/** Whether the stored bytes are those that clients get: in the version of `served`, and written under its present schema. */
export function isVerbatim(entry: Entry, served: ServedResource): boolean {
  return served.stored === served && entry.revision >= served.currentFrom;
}

/** Converts from the stored version to that of `served`. */
export function fromStored(object: KubeObject, { kind }: ServedResource): KubeObject {
  return kind.storage?.fromStorage(object) ?? object;
}

/** Converts from the version of `served` to the stored one. */
export function toStored(object: KubeObject, { kind }: ServedResource): KubeObject {
  return kind.storage?.toStorage(object) ?? object;
}

export function encodeJson(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}
