import { deepFreeze } from "#apimachinery/deep-freeze.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import type { Entry } from "#store/store.ts";
import type { ServedResource } from "../registry/served-resource.ts";

/**
 * Stored objects in other versions than the one that is stored, or in a newer shape. Each is converted at most once for
 * everybody, as long as its entry is held.
 */
export class ConvertedObjects {
  readonly #storedObjectOf: (entry: Entry) => KubeObject;
  readonly #objects = new WeakMap<Entry, WeakMap<ServedResource, KubeObject>>();
  readonly #running = new WeakMap<ServedResource, Map<Entry, Promise<unknown>>>();

  constructor(storedObjectOf: (entry: Entry) => KubeObject) {
    this.#storedObjectOf = storedObjectOf;
  }

  /** Throws a RangeError where somebody has to be asked: see `prepare`. */
  get(entry: Entry, served: ServedResource): KubeObject {
    const known = this.#objects.get(entry)?.get(served);
    if (known !== undefined) return known;
    const converted = served.conversion.fromStored([this.#storedObjectOf(entry)], served);
    const [object] = converted instanceof Promise ? [] : converted;
    if (object === undefined) throw new RangeError(`Object "${entry.key}" has not been converted`);
    return this.#keep(entry, served, object);
  }

  /**
   * Sees to it that `get` has all of these. Undefined when it has, so that nobody waits for nothing. Others who need the
   * same objects at the same time share one question.
   */
  prepare(entries: readonly Entry[], served: ServedResource): Promise<void> | undefined {
    const missing = this.#missing(entries, served);
    if (missing.length === 0) return undefined;
    const running = this.#running.get(served);
    const shared = new Set(missing.map((entry) => running?.get(entry)).filter((each) => each !== undefined));
    return shared.size === 0 ? this.#convert(missing, served) : this.#afterOthers(shared, entries, served);
  }

  /** What another request could not have may be due to an object that is none of these. */
  async #afterOthers(
    shared: ReadonlySet<Promise<unknown>>,
    entries: readonly Entry[],
    served: ServedResource,
  ): Promise<void> {
    await Promise.allSettled(shared);
    await this.#convert(this.#missing(entries, served), served);
  }

  #missing(entries: readonly Entry[], served: ServedResource): readonly Entry[] {
    return entries.filter((entry) => this.#objects.get(entry)?.has(served) !== true);
  }

  #convert(entries: readonly Entry[], served: ServedResource): Promise<void> | undefined {
    const objects = entries.map(this.#storedObjectOf);
    const converted = served.conversion.fromStored(objects, served);
    const keep = (results: readonly KubeObject[]): void => {
      for (const [index, entry] of entries.entries()) this.#keep(entry, served, results[index] as KubeObject);
    };
    if (!(converted instanceof Promise)) {
      keep(converted);
      return undefined;
    }
    const running = this.#running.get(served) ?? new Map<Entry, Promise<unknown>>();
    this.#running.set(served, running);
    for (const entry of entries) running.set(entry, converted);
    return converted.then(keep).finally(() => {
      for (const entry of entries) if (running.get(entry) === converted) running.delete(entry);
    });
  }

  #keep(entry: Entry, served: ServedResource, object: KubeObject): KubeObject {
    const versions = this.#objects.get(entry) ?? new WeakMap<ServedResource, KubeObject>();
    const shared = deepFreeze(object);
    this.#objects.set(entry, versions.set(served, shared));
    return shared;
  }
}
