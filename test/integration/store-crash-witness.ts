import { expect } from "bun:test";
import type { Store } from "#store/store.ts";
import { failureOf, take } from "../contract/store-fixtures.ts";
import { decodeValue } from "./store-crash-value.ts";

/** What is known of one key: the last answer, and the writes that were called and never answered since. */
interface KnownKey {
  readonly acknowledged: { readonly sequence: string; readonly revision: number } | undefined;
  readonly tried: readonly string[];
}

/** A deletion, in place of the sequence of a value. */
const DELETED = "-";

/** Remembers what writers said before they were killed and holds the store to it. */
export class CrashWitness {
  readonly #keys = new Map<string, KnownKey>();
  /** Which write each revision was shown for. */
  readonly #seen = new Map<number, string>();
  #newest = 0;
  #lastLazy = 0;
  #lost = 0;

  /** How many writes have been acknowledged. */
  get acknowledged(): number {
    return this.#seen.size;
  }

  /** How many times a heartbeat was found to be lost, which is no fault. */
  get lost(): number {
    return this.#lost;
  }

  /** Takes one line of a writer; see `store-crash-writer.ts`. */
  learn(line: string): void {
    const [verb, key = "", sequence = "", revision = "0"] = line.split(" ");
    if (verb === "open") this.#learnOpened(Number(key));
    if (verb === "try") this.#learnTry(key, sequence);
    if (verb === "ack") this.#learnAck(key, { sequence, revision: Number(revision) });
    if (verb === "saw") this.#learnSeen(`${key} ${sequence}`, Number(revision));
    if (verb === "saw") this.#lastLazy = Number(revision);
  }

  async check(store: Store): Promise<void> {
    expect(store.revision, "the revision never goes back").toBeGreaterThanOrEqual(this.#newest);
    for (const [key, known] of this.#keys) this.#checkKey(store, key, known);
    for (const { key, value, revision } of store.list("").entries) {
      const write = `${key} ${decodeValue(value)}`;
      expect(this.#seen.get(revision) ?? write, `revision ${String(revision)} is one write`).toBe(write);
    }
    await this.#checkLost(store);
  }

  #learnOpened(revision: number): void {
    expect(revision, "a restart never reuses a revision").toBeGreaterThanOrEqual(this.#newest);
    this.#newest = revision;
  }

  #learnTry(key: string, sequence: string): void {
    const known = this.#keys.get(key);
    this.#keys.set(key, { acknowledged: known?.acknowledged, tried: [...(known?.tried ?? []), sequence] });
  }

  #learnAck(key: string, acknowledged: { readonly sequence: string; readonly revision: number }): void {
    this.#keys.set(key, { acknowledged, tried: [] });
    this.#learnSeen(`${key} ${acknowledged.sequence}`, acknowledged.revision);
  }

  #learnSeen(write: string, revision: number): void {
    expect(this.#seen.get(revision) ?? write, `revision ${String(revision)} is one write`).toBe(write);
    this.#seen.set(revision, write);
    this.#newest = Math.max(this.#newest, revision);
  }

  #checkKey(store: Store, key: string, { acknowledged, tried }: KnownKey): void {
    const entry = store.get(key);
    const found = entry === undefined ? DELETED : decodeValue(entry.value);
    expect([acknowledged?.sequence ?? DELETED, ...tried], `value of ${key}`).toContain(found);
    if (entry !== undefined && found === acknowledged?.sequence) {
      expect(entry.revision, `revision of ${key}`).toBe(acknowledged.revision);
    }
  }

  /** Who saw a heartbeat that the crash took back must be told to start over. */
  async #checkLost(store: Store): Promise<void> {
    const entry = store.get("/leases/node");
    if (entry === undefined || entry.revision >= this.#lastLazy) return;
    this.#lost += 1;
    const signal = new AbortController().signal;
    const failure = await failureOf(take(store.watch("", { afterRevision: this.#lastLazy, signal }), 1));
    expect(failure.code).toBe("compacted");
  }
}
