import { type FSWatcher, watch } from "node:fs";
import { dirname } from "node:path";
import { type Clock, systemClock } from "#base/clock.ts";
import { onAbort } from "#base/disposable.ts";

/**
 * Bun reports one of several changes within a millisecond. After a report it is therefore worth looking again soon, and
 * then less and less often; at least once a second, whatever is reported (cri-client `logForceCheckPeriod`).
 */
const FIRST_LOOK_MS = 10;
const LAST_LOOK_MS = 1000;

/** Tells who follows a log when to look at it again. */
export class LogChanges implements Disposable {
  readonly #clock: Clock;
  readonly #watcher: FSWatcher | undefined;
  readonly #abort: Disposable;
  #changed = Promise.withResolvers<void>();
  #isOver = false;
  #lookMs = FIRST_LOOK_MS;

  /** `ended` resolves when nothing more will be written; it never rejects. */
  constructor(path: string, ended: Promise<void>, signal: AbortSignal, clock: Clock = systemClock) {
    this.#clock = clock;
    const finish = (): void => {
      this.#isOver = true;
      this.#changed.resolve();
    };
    this.#watcher = watchFolder(dirname(path), () => {
      this.#lookMs = FIRST_LOOK_MS;
      this.#changed.resolve();
    });
    this.#abort = onAbort(signal, finish);
    void ended.then(finish);
  }

  /** True when nothing more will be written, or wanted. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Resolves when something may have been written since the last call. */
  async next(): Promise<void> {
    using _timer = this.#clock.after(this.#lookMs, () => this.#changed.resolve());
    this.#lookMs = Math.min(this.#lookMs * 2, LAST_LOOK_MS);
    await this.#changed.promise;
    if (!this.#isOver) this.#changed = Promise.withResolvers<void>();
  }

  [Symbol.dispose](): void {
    this.#abort[Symbol.dispose]();
    this.#watcher?.close();
  }
}

function watchFolder(path: string, onChange: () => void): FSWatcher | undefined {
  try {
    const watcher = watch(path, { persistent: false }, onChange);
    // One that fails is one that tells nothing; the clock is still there.
    watcher.on("error", () => undefined);
    return watcher;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
