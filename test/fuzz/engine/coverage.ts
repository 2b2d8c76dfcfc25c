import { readFileSync } from "node:fs";
import { plugin } from "bun";
import { COUNTERS, instrument } from "./instrument.ts";

/** More than there are branches in all sources. */
const MAX_BRANCHES = 1 << 16;

/** The branches that inputs take in the sources of the server, as far as these are loaded after `observe`. */
export class Coverage {
  readonly #counters = new Uint8Array(MAX_BRANCHES);
  readonly #words = new Uint32Array(this.#counters.buffer);
  /** For each branch, a bit for every order of magnitude in which it was taken. */
  readonly #seen = new Uint8Array(MAX_BRANCHES);
  #branches = 0;
  #taken = 0;

  /** Has the sources below a folder instrumented when they are loaded. Once in a process. */
  observe(folder: string): void {
    Object.defineProperty(globalThis, COUNTERS, { value: this.#counters });
    const filter = new RegExp(`^${RegExp.escape(folder)}/(?!.*(?:/generated/|\\.test\\.ts$)).*\\.ts$`);
    plugin({
      name: "coverage",
      setup: (build) => {
        // What is loaded with `require` cannot wait.
        build.onLoad({ filter }, ({ path }) => ({
          contents: this.#instrument(path, readFileSync(path, "utf8")),
          loader: "ts",
        }));
      },
    });
  }

  /** Branches that some input has taken. */
  get taken(): number {
    return this.#taken;
  }

  /** Takes everything for new again. */
  forget(): void {
    this.#seen.fill(0);
    this.#taken = 0;
  }

  /** Forgets what was taken since the last call, and says how much of it is new. */
  collect(): number {
    let fresh = 0;
    const words = Math.ceil(this.#branches / 4);
    for (let word = 0; word < words; word += 1) {
      if (this.#words[word] === 0) continue;
      for (let index = word * 4; index < word * 4 + 4; index += 1) fresh += this.#note(index);
      this.#words[word] = 0;
    }
    return fresh;
  }

  /** Whether the branch was never taken so often, by orders of magnitude. */
  #note(index: number): number {
    const count = this.#counters[index] ?? 0;
    if (count === 0) return 0;
    const seen = this.#seen[index] ?? 0;
    const bit = magnitudeOf(count);
    if ((seen & bit) !== 0) return 0;
    if (seen === 0) this.#taken += 1;
    this.#seen[index] = seen | bit;
    return 1;
  }

  #instrument(path: string, source: string): string {
    const { text, branches } = instrument(path, source, this.#branches);
    this.#branches += branches;
    if (this.#branches > MAX_BRANCHES) throw new RangeError("There are more branches than counters");
    return text;
  }
}

/** 1, 2, 3, 4, 8, 16, 32 and 128 times, as in AFL: how often matters the less the oftener. */
function magnitudeOf(count: number): number {
  if (count <= 3) return 1 << (count - 1);
  if (count < 8) return 8;
  if (count < 16) return 16;
  if (count < 32) return 32;
  return count < 128 ? 64 : 128;
}
