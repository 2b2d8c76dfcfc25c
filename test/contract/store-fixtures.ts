import { afterEach, beforeEach } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock } from "#base/clock.ts";
import type { LocalStoreOptions } from "#store/local-store.ts";
import { createMemoryStore } from "#store/memory/memory-store.ts";
import { openSqliteStore } from "#store/sqlite/sqlite-store.ts";
import type { Entry, Store, StoreEvent } from "#store/store.ts";
import { StoreError, type StoreErrorDetail } from "#store/store-error.ts";

export interface StoreUnderTest extends AsyncDisposable {
  readonly store: Store;
}

type Open = (options?: LocalStoreOptions & { readonly clock?: Clock }) => Promise<StoreUnderTest>;

/** With so short a memory almost every watch and old list is answered from the log. */
const FORGETFUL = { maxEvents: 2, maxBytes: Infinity };

/** Every implementation of the `Store` port, also in the form in which history comes from the log. */
export const IMPLEMENTATIONS: readonly { readonly name: string; readonly open: Open }[] = [
  { name: "memory", open: openMemory },
  { name: "memory, history from the log", open: (options) => openMemory({ recent: FORGETFUL, ...options }) },
  { name: "SQLite", open: openSqlite },
  { name: "SQLite, history from the log", open: (options) => openSqlite({ recent: FORGETFUL, ...options }) },
];

function openMemory(options: Parameters<Open>[0]): Promise<StoreUnderTest> {
  const store = createMemoryStore(options);
  return Promise.resolve({ store, [Symbol.asyncDispose]: () => store[Symbol.asyncDispose]() });
}

async function openSqlite(options: Parameters<Open>[0]): Promise<StoreUnderTest> {
  const directory = await temporaryDirectory();
  const store = await openSqliteStore({ directory: directory.path, ...options });
  return {
    store,
    [Symbol.asyncDispose]: async () => {
      await store[Symbol.asyncDispose]();
      await directory[Symbol.asyncDispose]();
    },
  };
}

/** A store for each test of the suite, with the writes that most of them need. */
export class StoreSuite {
  #opened: StoreUnderTest | undefined;
  #stop = new AbortController();

  /** Ends the watches of this test. */
  get stop(): AbortController {
    return this.#stop;
  }

  get store(): Store {
    if (this.#opened === undefined) throw new TypeError("Cannot use the store outside of a test");
    return this.#opened.store;
  }

  async open(open: Open): Promise<void> {
    this.#opened = await open();
    this.#stop = new AbortController();
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#opened?.[Symbol.asyncDispose]();
    this.#opened = undefined;
  }

  /** Creates or updates. */
  async put(key: string, value: string): Promise<Entry> {
    const present = this.store.get(key);
    if (present === undefined) return await this.store.create(key, bytes(value));
    return await this.store.update(key, present.revision, bytes(value));
  }

  async remove(key: string): Promise<void> {
    await this.store.delete(key, this.store.get(key)?.revision ?? 0);
  }

  watch(prefix: string, afterRevision: number): ReturnType<Store["watch"]> {
    return this.store.watch(prefix, { afterRevision, signal: this.#stop.signal });
  }
}

/** To be called in a `describe`: opens a store before each of its tests and closes it afterwards. */
export function useStore(open: Open): StoreSuite {
  const suite = new StoreSuite();
  beforeEach(() => suite.open(open));
  afterEach(() => suite.close());
  return suite;
}

/** A directory that is removed with everything in it. */
export async function temporaryDirectory(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), "kubelith-store-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export function text(value: Uint8Array | undefined): string | undefined {
  return value && new TextDecoder().decode(value);
}

/** `put /pods/a@3 = "new" (was "old")`, `delete /pods/a@4 (was "new")` */
export function describeEvent(event: StoreEvent): string {
  const was = event.previous === undefined ? "" : ` (was "${text(event.previous.value) ?? ""}")`;
  return event.type === "put"
    ? `put ${event.entry.key}@${String(event.entry.revision)} = "${text(event.entry.value) ?? ""}"${was}`
    : `delete ${event.key}@${String(event.revision)}${was}`;
}

/** The first `count` events of a watch, which must bring that many. */
export async function take(
  watch: AsyncIterable<readonly StoreEvent[]>,
  count: number,
): Promise<readonly string[]> {
  const events: string[] = [];
  if (count === 0) return events;
  for await (const batch of watch) {
    events.push(...batch.map(describeEvent));
    if (events.length >= count) break;
  }
  return events;
}

/** The detail of the `StoreError` that the action fails with. */
export async function failureOf(action: Promise<unknown>): Promise<StoreErrorDetail> {
  try {
    await action;
  } catch (error) {
    if (error instanceof StoreError) return error.detail;
    throw error;
  }
  throw new TypeError("Expected a StoreError, but there was no failure");
}
