import { setImmediate } from "node:timers/promises";
import { Chance } from "./chance.ts";
import type { CorpusEntry } from "./corpus.ts";
import type { Coverage } from "./coverage.ts";
import { InputSource } from "./input-source.ts";
import { findGrowth } from "./memory.ts";
import type { InputRunner, Outcome } from "./outcome.ts";
import type { Pulse } from "./pulse.ts";
import { shrink } from "./shrink.ts";
import type { FuzzTarget } from "./target.ts";

/** Something wrong that an input has shown. */
export interface Failure {
  readonly detail: string;
  /** Base64; absent where it is not one input that shows it. */
  readonly input?: string;
}

export interface FuzzReport {
  readonly inputs: number;
  readonly accepted: number;
  readonly refused: number;
  /** Inputs that were kept because they did something new. */
  readonly kept: number;
  /** Branches of the sources that were taken. */
  readonly branches: number;
  readonly failures: readonly Failure[];
}

export interface FuzzOptions {
  readonly seed: number;
  /** Since the process began. */
  readonly seconds: number;
  /** Besides those by which memory is measured. */
  readonly maxInputs: number;
  readonly corpus: readonly CorpusEntry[];
}

interface Observers {
  readonly coverage: Coverage;
  readonly pulse: Pulse;
}

/** Failures of different kinds after which there is no point in looking for more. */
const MAX_FAILURES = 8;
/** How many reasons of refusals count as something new. */
const MAX_TRAITS = 64;
/** What part of the time is for the inputs by which memory is measured. */
const MEMORY_SHARE = 0.2;
/** However long it took to begin. */
const MIN_SEARCH_MS = 200;
/** Inputs between two looks at the clock. */
const BATCH = 16;

/** Feeds a target with inputs for a given time. */
export class Fuzzer {
  readonly #target: FuzzTarget;
  readonly #runner: InputRunner;
  readonly #source: InputSource;
  readonly #observers: Observers;
  readonly #traits = new Set<string>();
  readonly #failures = new Map<string, Failure>();
  readonly #counts = { accepted: 0, refused: 0, failed: 0 };

  constructor(target: FuzzTarget, runner: InputRunner, options: FuzzOptions, observers: Observers) {
    this.#target = target;
    this.#runner = runner;
    this.#source = new InputSource(target, new Chance(options.seed));
    this.#observers = observers;
  }

  /** The inputs that did something new, in the order in which they were found. */
  get kept(): readonly Buffer[] {
    return this.#source.kept;
  }

  async run({ seconds, maxInputs, corpus }: FuzzOptions): Promise<FuzzReport> {
    for (const { input } of corpus) await this.#try(input);
    for (const seed of this.#target.seeds) await this.#try(Buffer.from(seed));
    // The clock began with the process: loading the sources is part of the time.
    const end = Math.max(seconds * 1000 * (1 - MEMORY_SHARE), performance.now() + MIN_SEARCH_MS);
    for (let count = 0; count < maxInputs && this.#failures.size < MAX_FAILURES; count += BATCH) {
      if (performance.now() > end) break;
      for (let index = 0; index < BATCH; index += 1) await this.#try(this.#source.next());
      // What inputs have left to be done later ends the process when it fails.
      await setImmediate();
    }
    await this.#watchMemory((seconds * 1000 * MEMORY_SHARE) / 8);
    return this.#report();
  }

  /** As many inputs in every round as there is time for in the first; nothing is kept of them. */
  async #watchMemory(roundMs: number): Promise<void> {
    let size = 0;
    const problem = await findGrowth(async () => {
      const start = performance.now();
      const isFirst = size === 0;
      for (let count = 0; isFirst ? performance.now() - start < roundMs : count < size; count += 1) {
        const { type } = await this.#run(this.#source.next());
        if (type === "failed") this.#counts.failed += 1;
        if (isFirst) size += 1;
      }
    });
    if (problem !== undefined) this.#failures.set("memory", { detail: problem });
  }

  async #try(input: Buffer): Promise<void> {
    const outcome = await this.#run(input);
    const isNew = this.#observers.coverage.collect() > 0;
    const hasNewTrait = outcome.type === "refused" && this.#noteTrait(outcome.trait);
    if (outcome.type === "failed") await this.#noteFailure(input, outcome);
    else if (isNew || hasNewTrait) this.#source.keep(input);
  }

  async #run(input: Buffer): Promise<Outcome> {
    this.#observers.pulse.beat(input);
    const outcome = await this.#runner.run(input);
    this.#counts[outcome.type] += 1;
    return outcome;
  }

  #noteTrait(trait: string): boolean {
    if (this.#traits.has(trait) || this.#traits.size >= MAX_TRAITS) return false;
    this.#traits.add(trait);
    return true;
  }

  async #noteFailure(input: Buffer, { trait, detail }: Outcome & { readonly type: "failed" }): Promise<void> {
    if (this.#failures.has(trait)) return;
    this.#failures.set(trait, { detail, input: input.toString("base64") });
    const smallest = await shrink(input, async (candidate) => {
      this.#observers.pulse.beat(candidate);
      const outcome = await this.#runner.run(candidate);
      return outcome.type === "failed" && outcome.trait === trait;
    });
    const outcome = await this.#runner.run(smallest);
    const shown = outcome.type === "failed" ? outcome.detail : detail;
    this.#failures.set(trait, { detail: shown, input: smallest.toString("base64") });
  }

  #report(): FuzzReport {
    const { accepted, refused, failed } = this.#counts;
    return {
      inputs: accepted + refused + failed,
      accepted,
      refused,
      kept: this.#source.kept.length,
      branches: this.#observers.coverage.taken,
      failures: [...this.#failures.values()],
    };
  }
}
