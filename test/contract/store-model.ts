import type { Store, WatchStoreOptions } from "#store/store.ts";
import { StoreError } from "#store/store-error.ts";
import { bytes, describeEvent } from "./store-fixtures.ts";

/** One step of a random history. `isGuarded` is false for a write that expects a wrong revision. */
export interface Step {
  readonly type: "create" | "update" | "lazyUpdate" | "delete";
  readonly key: string;
  readonly isGuarded: boolean;
}

interface ModelEntry {
  readonly value: string;
  readonly revision: number;
}

/** What the store should do, in the plainest way: every past state is kept whole. */
export class StoreModel {
  #present: ReadonlyMap<string, ModelEntry> = new Map();
  readonly #states: ReadonlyMap<string, ModelEntry>[] = [this.#present];
  readonly #events: { readonly key: string; readonly text: string }[] = [];

  get revision(): number {
    return this.#events.length;
  }

  /** The events under a prefix after a revision, as `describeEvent` shows them. */
  eventsAfter(prefix: string, revision: number): readonly string[] {
    return this.#events
      .slice(revision)
      .filter(({ key }) => key.startsWith(prefix))
      .map(({ text }) => text);
  }

  /** `key@revision = value` of each key under the prefix, in order. */
  listAt(prefix: string, revision: number): readonly string[] {
    const state = this.#states[revision] ?? new Map<string, ModelEntry>();
    return [...state]
      .filter(([key]) => key.startsWith(prefix))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, entry]) => `${key}@${String(entry.revision)} = ${entry.value}`);
  }

  /** Applies a step to the model and to the store; resolves with what each of them made of it. */
  run(store: Store, step: Step): { readonly want: string; readonly got: Promise<string> } {
    const { key, isGuarded } = step;
    const present = this.#present.get(key);
    const expected = (isGuarded ? present?.revision : undefined) ?? 999_999;
    const value = `v${String(this.revision)}`;
    switch (step.type) {
      case "create":
        return {
          got: outcome(store.create(key, bytes(value))),
          want:
            present === undefined
              ? this.#put(key, value, undefined)
              : `keyExists ${String(present.revision)}`,
        };
      case "update":
      case "lazyUpdate":
        return {
          got: outcome(store.update(key, expected, bytes(value), { lazy: step.type === "lazyUpdate" })),
          want: present?.revision === expected ? this.#put(key, value, present) : conflict(present),
        };
      case "delete":
        return {
          got: outcome(store.delete(key, expected)),
          want: present?.revision === expected ? this.#delete(key, present) : conflict(present),
        };
    }
  }

  #put(key: string, value: string, previous: ModelEntry | undefined): string {
    const revision = this.revision + 1;
    const was = previous === undefined ? "" : ` (was "${previous.value}")`;
    this.#advance(new Map(this.#present).set(key, { value, revision }), {
      key,
      text: `put ${key}@${String(revision)} = "${value}"${was}`,
    });
    return String(revision);
  }

  #delete(key: string, previous: ModelEntry): string {
    const revision = this.revision + 1;
    const state = new Map(this.#present);
    state.delete(key);
    this.#advance(state, { key, text: `delete ${key}@${String(revision)} (was "${previous.value}")` });
    return String(revision);
  }

  #advance(
    state: ReadonlyMap<string, ModelEntry>,
    event: { readonly key: string; readonly text: string },
  ): void {
    this.#present = state;
    this.#states.push(state);
    this.#events.push(event);
  }
}

/** Reads a watch to its end in the background. */
export class RecordedWatch {
  readonly prefix: string;
  readonly afterRevision: number;
  readonly events: string[] = [];
  /** The code of the error that it ended with; empty when it was aborted. */
  readonly ended: Promise<string>;

  constructor(store: Store, prefix: string, options: WatchStoreOptions) {
    this.prefix = prefix;
    this.afterRevision = options.afterRevision;
    this.ended = this.#read(store.watch(prefix, options));
  }

  async #read(watch: ReturnType<Store["watch"]>): Promise<string> {
    try {
      for await (const batch of watch) this.events.push(...batch.map(describeEvent));
      return "";
    } catch (error) {
      return error instanceof StoreError ? error.detail.code : String(error);
    }
  }
}

function conflict(present: ModelEntry | undefined): string {
  return `conflict ${String(present?.revision)}`;
}

/** The revision of a write that succeeded, or how it was refused and the revision that is there instead. */
async function outcome(write: Promise<{ readonly revision: number }>): Promise<string> {
  try {
    return String((await write).revision);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    const { detail } = error;
    const present = detail.code === "keyExists" || detail.code === "conflict" ? detail.present : undefined;
    return `${detail.code} ${String(present?.revision)}`;
  }
}
