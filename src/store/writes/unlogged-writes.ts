import type { PutEvent } from "../store-event.ts";

/** A write that readers see and the log does not have yet. */
export interface UnloggedWrite {
  readonly event: PutEvent;
  /** Revision of the newest record of the key in the log. */
  readonly loggedRevision: number;
}

/** The lazy writes since the last commit, the newest of each key, in order of revision. */
export class UnloggedWrites {
  readonly #byKey = new Map<string, UnloggedWrite>();

  get size(): number {
    return this.#byKey.size;
  }

  get(key: string): UnloggedWrite | undefined {
    return this.#byKey.get(key);
  }

  values(): IterableIterator<UnloggedWrite> {
    return this.#byKey.values();
  }

  add(event: PutEvent): void {
    const { key } = event.entry;
    const loggedRevision = this.#byKey.get(key)?.loggedRevision ?? event.previous?.revision ?? 0;
    this.#byKey.delete(key);
    this.#byKey.set(key, { event, loggedRevision });
  }

  clear(): void {
    this.#byKey.clear();
  }
}
