import type { Service } from "#api/generated/core-v1.ts";
import type { Entry, StoreEvent } from "#store/store.ts";
import { itemsOf } from "./service-items.ts";

/** Addresses and node ports that a write has taken but that no stored Service shows yet. */
export interface Reservation {
  /** Takes an item; false when a Service or another write has it. */
  take(item: string): boolean;
  /** Gives everything back: the write has failed, or was only tried. */
  cancel(): void;
  /** Everything is in the Service that was written at this revision. */
  commit(revision: number): void;
}

/**
 * Who has which address and node port. Stored Services say so, and nothing else is kept: what no Service shows is
 * free, so that nothing can leak. A write holds a reservation until its Service has been seen here.
 */
export class ServiceLedger {
  readonly #ownerOf = new Map<string, string>();
  readonly #itemsOf = new Map<string, readonly string[]>();
  readonly #reserved = new Set<string>();
  #committed: readonly { readonly revision: number; readonly items: ReadonlySet<string> }[] = [];
  #revision = 0;
  readonly #decode: (entry: Entry) => Service;
  readonly #isHeldElsewhere: (item: string) => boolean;

  /** `isHeldElsewhere` tells of what no Service has, but something that is no Service. */
  constructor(decode: (entry: Entry) => Service, isHeldElsewhere: (item: string) => boolean = () => false) {
    this.#decode = decode;
    this.#isHeldElsewhere = isHeldElsewhere;
  }

  /** Starts over from everything that is stored at `revision`. */
  load(entries: readonly Entry[], revision: number): void {
    this.#ownerOf.clear();
    this.#itemsOf.clear();
    for (const entry of entries) this.#set(entry.key, itemsOf(this.#decode(entry)));
    this.#advance(revision);
  }

  /** Follows a change of a Service. Changes come in order of their revisions. */
  apply(change: StoreEvent): void {
    if (change.type === "put") {
      this.#set(change.entry.key, itemsOf(this.#decode(change.entry)));
      this.#advance(change.entry.revision);
    } else {
      this.#set(change.key, []);
      this.#advance(change.revision);
    }
  }

  /** What stored Services have. */
  items(): readonly string[] {
    return [...this.#ownerOf.keys()];
  }

  isTaken(item: string): boolean {
    return this.#ownerOf.has(item) || this.#reserved.has(item) || this.#isHeldElsewhere(item);
  }

  reserve(): Reservation {
    const items = new Set<string>();
    const give = (): void => {
      for (const item of items) this.#reserved.delete(item);
    };
    return {
      take: (item) => {
        if (this.isTaken(item)) return false;
        items.add(item);
        this.#reserved.add(item);
        return true;
      },
      cancel: give,
      commit: (revision) => {
        if (revision <= this.#revision) give();
        else this.#committed = [...this.#committed, { revision, items }];
      },
    };
  }

  #set(key: string, items: readonly string[]): void {
    for (const item of this.#itemsOf.get(key) ?? []) {
      if (this.#ownerOf.get(item) === key) this.#ownerOf.delete(item);
    }
    for (const item of items) this.#ownerOf.set(item, key);
    if (items.length > 0) this.#itemsOf.set(key, items);
    else this.#itemsOf.delete(key);
  }

  /** What was written up to `revision` is in the Services now and need not be held any longer. */
  #advance(revision: number): void {
    this.#revision = revision;
    for (const { items } of this.#committed.filter((each) => each.revision <= revision)) {
      for (const item of items) this.#reserved.delete(item);
    }
    this.#committed = this.#committed.filter((each) => each.revision > revision);
  }
}
