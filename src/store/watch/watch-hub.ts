import type { StoreEvent } from "../store.ts";
import { keyOf } from "../store-event.ts";
import { PrefixIndex } from "./prefix-index.ts";
import type { Watcher } from "./watcher.ts";

/** The watchers of one prefix, and what they will get of the commit that is being published. */
interface Audience {
  readonly watchers: Set<Watcher>;
  batch: StoreEvent[];
}

/** Hands each committed event to the watchers of its prefixes: work for each prefix, not for each watcher. */
export class WatchHub {
  readonly #audiences = new PrefixIndex<Audience>();

  add(prefix: string, watcher: Watcher): void {
    const audience = this.#audiences.get(prefix) ?? { watchers: new Set(), batch: [] };
    if (audience.watchers.size === 0) this.#audiences.set(prefix, audience);
    audience.watchers.add(watcher);
  }

  remove(prefix: string, watcher: Watcher): void {
    const audience = this.#audiences.get(prefix);
    audience?.watchers.delete(watcher);
    if (audience?.watchers.size === 0) this.#audiences.delete(prefix);
  }

  /** All watchers of one prefix get the same array. */
  publish(events: readonly StoreEvent[]): void {
    for (const audience of this.#distribute(events)) {
      const { batch } = audience;
      audience.batch = [];
      for (const watcher of audience.watchers) watcher.push(batch);
    }
  }

  /** Ends every watch with an error. */
  failAll(error: Error): void {
    for (const audience of this.#audiences.values()) {
      for (const watcher of audience.watchers) watcher.fail(error);
    }
  }

  #distribute(events: readonly StoreEvent[]): Audience[] {
    const touched: Audience[] = [];
    for (const event of events) {
      for (const audience of this.#audiences.matching(keyOf(event))) {
        if (audience.batch.length === 0) touched.push(audience);
        audience.batch.push(event);
      }
    }
    return touched;
  }
}
