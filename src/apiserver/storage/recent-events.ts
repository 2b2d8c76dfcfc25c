import type { Entry, StoreEvent } from "#store/store.ts";
import type { ServedResource } from "../registry/served-resource.ts";
import type { ObjectStorage } from "./object-storage.ts";
import { ObjectWatchEvent } from "./watch-event.ts";

/** How many changes keep their events, so that watchers which are a little apart in time still share the bytes. */
const CAPACITY = 1024;

/** How many bytes of values are kept that way: each event holds its object, and its bytes, as well. */
const CAPACITY_BYTES = 4 * 1024 * 1024;

interface ChangeEvents {
  added?: ObjectWatchEvent;
  modified?: ObjectWatchEvent;
  left?: ObjectWatchEvent;
}

/** The events of one resource's latest changes, made once for all watchers. */
export class RecentEvents {
  readonly #storage: ObjectStorage;
  readonly #served: ServedResource;
  /** By the entry that a change produced, or removed. Oldest first. */
  readonly #changes = new Map<Entry, ChangeEvents>();
  #bytes = 0;

  constructor(storage: ObjectStorage, served: ServedResource) {
    this.#storage = storage;
    this.#served = served;
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
    const events = this.#eventsOf(change.type === "put" ? change.entry : change.previous);
    const revision = change.type === "put" ? change.entry.revision : change.revision;
    events.left ??= this.#event("DELETED", previous, revision);
    return events.left;
  }

  #event(type: ObjectWatchEvent["type"], entry: Entry, revision: number): ObjectWatchEvent {
    return new ObjectWatchEvent(this.#storage, { type, served: this.#served, entry, revision });
  }

  #eventsOf(entry: Entry): ChangeEvents {
    const known = this.#changes.get(entry);
    if (known !== undefined) return known;
    const events: ChangeEvents = {};
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
