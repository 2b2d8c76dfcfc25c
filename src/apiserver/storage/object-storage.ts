import { deepFreeze } from "#apimachinery/deep-freeze.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import type { Entry, Store } from "#store/store.ts";
import type { ServedResource } from "../registry/served-resource.ts";
import { ConvertedObjects } from "./converted-objects.ts";
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
  readonly #written = new WeakMap<Uint8Array, KubeObject>();
  readonly #large = new WeakMap<Entry, WeakRef<KubeObject>>();
  readonly #converted = new ConvertedObjects((entry) => this.storedObjectOf(entry));

  constructor(store: Store) {
    this.store = store;
  }

  /**
   * To be waited for before objects are asked for in the version of `served`: somebody else may have to convert them.
   * Undefined when there is nothing to wait for. Throws and rejects as the conversion does.
   */
  prepare(entries: readonly Entry[], served: ServedResource): Promise<void> | undefined {
    const others = entries.filter((entry) => !isVerbatim(entry, served));
    return others.length === 0 ? undefined : this.#converted.prepare(others, served);
  }

  /** The object in the version that is asked for, once it has been prepared. */
  objectOf(entry: Entry, served: ServedResource): KubeObject {
    return isVerbatim(entry, served) ? this.storedObjectOf(entry) : this.#converted.get(entry, served);
  }

  /** The object in the stored version, as it was stored. */
  storedObjectOf(entry: Entry): KubeObject {
    const known = this.#decoded.get(entry) ?? this.#large.get(entry)?.deref();
    if (known !== undefined) return known;
    const object = this.#written.get(entry.value) ?? decodeObject(entry.value);
    this.#written.delete(entry.value);
    return this.#keep(entry, withResourceVersion(object, entry.revision));
  }

  /** The JSON of the object in the version that is asked for; the stored bytes where nothing is converted. */
  bytesOf(entry: Entry, served: ServedResource): Buffer {
    return isVerbatim(entry, served)
      ? objectBytes(entry.value, entry.revision)
      : encodeJson(this.objectOf(entry, served));
  }

  /**
   * Spares everybody the decoding of an object, in the stored version, that is going to be written as these bytes. Said
   * before the write, because those who follow the store ask as soon as it is committed.
   */
  remember(value: Uint8Array, object: KubeObject): void {
    this.#written.set(value, object);
  }

  #keep(entry: Entry, object: KubeObject): KubeObject {
    const shared = deepFreeze(object);
    if (entry.value.length > LARGE_BYTES) this.#large.set(entry, new WeakRef(shared));
    else this.#decoded.set(entry, shared);
    return shared;
  }
}

/** Whether the stored bytes are those that clients get: in the version of `served`, and written under its present schema. */
export function isVerbatim(entry: Entry, served: ServedResource): boolean {
  return served.stored === served && entry.revision >= served.currentFrom;
}

export function encodeJson(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}
