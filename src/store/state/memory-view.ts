import type { Entry, ListOptions, StoreEvent } from "../store.ts";
import { type Slot, SortedSlots } from "./sorted-slots.ts";

/** A part of the view in order of key. */
export interface ViewListing {
  readonly entries: readonly Entry[];
  /** Keys under the prefix behind the last entry. */
  readonly remaining: number;
}

/** The whole current state in memory: a hash table for reads by key and an order for everything else. */
export class MemoryView {
  readonly #slots = new Map<string, Slot>();
  readonly #order: SortedSlots;

  /** Takes the entries to start with, in order of key. */
  constructor(sorted: readonly Entry[] = []) {
    const slots = sorted.map((entry) => ({ key: entry.key, entry }));
    for (const slot of slots) this.#slots.set(slot.key, slot);
    this.#order = new SortedSlots(slots);
  }

  get(key: string): Entry | undefined {
    return this.#slots.get(key)?.entry;
  }

  list(prefix: string, { after, limit = Infinity }: ListOptions = {}): ViewListing {
    const start = this.#order.rank((key) => key < prefix || (after !== undefined && key <= after));
    const end = Math.max(start, this.#rankBehind(prefix));
    const entries = this.#order.slice(start, Math.min(end, start + limit));
    return { entries, remaining: end - start - entries.length };
  }

  count(prefix: string): number {
    return this.#rankBehind(prefix) - this.#order.rank((key) => key < prefix);
  }

  apply(event: StoreEvent): void {
    if (event.type === "delete") this.#remove(event.key);
    else this.#put(event.entry);
  }

  #put(entry: Entry): void {
    const slot = this.#slots.get(entry.key);
    if (slot !== undefined) {
      slot.entry = entry;
      return;
    }
    const added = { key: entry.key, entry };
    this.#slots.set(entry.key, added);
    this.#order.insert(added);
  }

  #remove(key: string): void {
    if (this.#slots.delete(key)) this.#order.remove(key);
  }

  #rankBehind(prefix: string): number {
    return this.#order.rank((key) => key < prefix || key.startsWith(prefix));
  }
}
