import type { Entry, StoreEvent } from "#store/store.ts";
import type { ServedResource } from "../registry/served-resource.ts";
import type { ObjectStorage } from "./object-storage.ts";
import { ObjectWatchEvent } from "./watch-event.ts";

/** How many changes keep their events, so that watchers which are a little apart in time still share the bytes. */
const CAPACITY = 1024;

/** How many bytes of values are kept that way: each event holds its object, and its bytes, as well. */
const CAPACITY_BYTES = 4 * 1024 * 1024;

/** The events of an entry: of the change that produced it, and of its removal. */
interface EntryEvents {
  added?: ObjectWatchEvent;
  modified?: ObjectWatchEvent;
  /** The entry before it is no longer selected. */
  left?: ObjectWatchEvent;
  removed?: ObjectWatchEvent;
}

/** The events of one resource's latest changes, made once for all watchers. */
export class RecentEvents {
  readonly #storage: ObjectStorage;
  readonly #served: ServedResource;
  /** By the entry that a change produced, or removed. Oldest first. */
  readonly #changes = new Map<Entry, EntryEvents>();
  readonly #batches = new WeakMap<readonly StoreEvent[], readonly ObjectWatchEvent[]>();
  #bytes = 0;

  constructor(storage: ObjectStorage, served: ServedResource) {
    this.#storage = storage;
    this.#served = served;
  }

  /** What everybody hears of changes who is told of them in the same array and selects nothing: made once. */
  ofBatch(
    changes: readonly StoreEvent[],
    toEvent: (change: StoreEvent) => ObjectWatchEvent | undefined,
  ): readonly ObjectWatchEvent[] {
    const known = this.#batches.get(changes);
    if (known !== undefined) return known;
    const events = changes.map(toEvent).filter((event) => event !== undefined);
    this.#batches.set(changes, events);
    return events;
  }

  added(entry: Entry): ObjectWatchEvent {
    const events = this.#eventsOf(entry);
    events.added ??= this.#event("ADDED", entry, entry.revision);
    return events.added;
  }

  modified(entry: Entry): ObjectWatchEvent {
    const events = this.#eventsOf(entry);
    events.modified ??= this.#event("MODIFIED", entry, entry.revision);
    return events.modified;
  }

  /** The object has gone, or a watcher's selection has lost it: its last selected state at the change's revision. */
  left(change: StoreEvent, previous: Entry): ObjectWatchEvent {
    if (change.type === "put") {
      const events = this.#eventsOf(change.entry);
      events.left ??= this.#event("DELETED", previous, change.entry.revision);
      return events.left;
    }
    const events = this.#eventsOf(change.previous);
    events.removed ??= this.#event("DELETED", previous, change.revision);
    return events.removed;
  }

  #event(type: ObjectWatchEvent["type"], entry: Entry, revision: number): ObjectWatchEvent {
    return new ObjectWatchEvent(this.#storage, { type, served: this.#served, entry, revision });
  }

  #eventsOf(entry: Entry): EntryEvents {
    const known = this.#changes.get(entry);
    if (known !== undefined) return known;
    const events: EntryEvents = {};
    this.#changes.set(entry, events);
    this.#bytes += entry.value.length;
    this.#forgetOldest(entry);
    return events;
  }

  #forgetOldest(newest: Entry): void {
    for (const entry of this.#changes.keys()) {
      const isFull = this.#changes.size > CAPACITY || this.#bytes > CAPACITY_BYTES;
      if (!isFull || entry === newest) return;
      this.#changes.delete(entry);
      this.#bytes -= entry.value.length;
    }
  }
}
