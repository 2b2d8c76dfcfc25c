import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Store } from "#store/store.ts";
import { IMPLEMENTATIONS, text } from "./store-fixtures.ts";
import { RecordedWatch, type Step, StoreModel } from "./store-model.ts";

const PREFIXES = ["", "/a/", "/a/1", "/b/", "/c/"];

const STEP: fc.Arbitrary<Step> = fc.record({
  type: fc.constantFrom("create", "update", "update", "lazyUpdate", "delete"),
  key: fc.constantFrom("/a/1", "/a/2", "/a/10", "/b/1", "/b/2"),
  isGuarded: fc.nat(5).map((number) => number > 0),
});

type Move =
  /** Writes that are called without waiting for each other. */
  | { readonly type: "write"; readonly steps: readonly Step[] }
  /** A watch that starts so many revisions back. */
  | { readonly type: "watch"; readonly prefix: string; readonly back: number }
  | { readonly type: "compact"; readonly back: number };

const MOVE: fc.Arbitrary<Move> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ type: fc.constant("write"), steps: fc.array(STEP, { maxLength: 8 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant("watch"),
      prefix: fc.constantFrom(...PREFIXES),
      back: fc.nat(20),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("compact"), back: fc.nat(20) }) },
);

/** Plays moves on a store and the model side by side. */
class Game {
  readonly model = new StoreModel();
  readonly watches: RecordedWatch[] = [];
  readonly #store: Store;
  readonly #signal: AbortSignal;

  constructor(store: Store, signal: AbortSignal) {
    this.#store = store;
    this.#signal = signal;
  }

  async play(move: Move): Promise<void> {
    switch (move.type) {
      case "write": {
        const runs = move.steps.map((step) => this.model.run(this.#store, step));
        expect(await Promise.all(runs.map(({ got }) => got))).toEqual(runs.map(({ want }) => want));
        return;
      }
      case "watch": {
        const afterRevision = Math.max(this.#store.compactedRevision, this.model.revision - move.back);
        const options = { afterRevision, signal: this.#signal };
        this.watches.push(new RecordedWatch(this.#store, move.prefix, options));
        return;
      }
      case "compact":
        await this.#store.compact(Math.max(0, this.model.revision - move.back));
    }
  }

  /** Every kept revision reads as the model remembers it. */
  async checkReads(): Promise<void> {
    expect(this.#store.revision).toBe(this.model.revision);
    for (let revision = this.#store.compactedRevision; revision <= this.model.revision; revision += 1) {
      for (const prefix of PREFIXES) {
        const { entries } = await this.#store.listAt(prefix, revision);
        const seen = entries.map(
          (entry) => `${entry.key}@${String(entry.revision)} = ${text(entry.value) ?? ""}`,
        );
        expect(seen, `list of "${prefix}" at ${String(revision)}`).toEqual([
          ...this.model.listAt(prefix, revision),
        ]);
      }
    }
  }

  /** Every watch brought exactly the model's history, in order; one that history ran away from, its beginning. */
  async checkWatches(stop: () => void): Promise<void> {
    const wanted = this.watches.map(({ prefix, afterRevision }) =>
      this.model.eventsAfter(prefix, afterRevision),
    );
    for (const [index, watch] of this.watches.entries()) {
      const isEnded = watch.ended.then(() => true);
      while (watch.events.length < (wanted[index]?.length ?? 0)) {
        const turn = new Promise<false>((resolve) => setImmediate(() => resolve(false)));
        if (await Promise.race([isEnded, turn])) break;
      }
    }
    stop();
    for (const [index, { ended, events }] of this.watches.entries()) {
      const isComplete = (await ended) !== "compacted";
      const want = wanted[index] ?? [];
      expect(events).toEqual(isComplete ? [...want] : want.slice(0, events.length));
    }
  }
}

describe.each(IMPLEMENTATIONS)("Store properties: $name", ({ name, open }) => {
  // Behind a short memory, watches may get only the newest of several lazy writes of one key.
  const withoutLazy = (move: Move): Move =>
    move.type === "write"
      ? {
          ...move,
          steps: move.steps.map((step) => (step.type === "lazyUpdate" ? { ...step, type: "update" } : step)),
        }
      : move;
  const moves = fc.array(name.includes("history") ? MOVE.map(withoutLazy) : MOVE, {
    maxLength: 25,
    size: "max",
  });

  test("any history reads and is watched as a trivial model remembers it", async () => {
    await fc.assert(
      fc.asyncProperty(moves, async (moves) => {
        await using opened = await open();
        const stop = new AbortController();
        const game = new Game(opened.store, stop.signal);
        for (const move of moves) await game.play(move);
        await game.checkReads();
        await game.checkWatches(() => stop.abort());
      }),
      { numRuns: name.startsWith("SQLite") ? 25 : 200 },
    );
  }, 60_000);
});
