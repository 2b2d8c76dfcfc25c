import type { Clock } from "#base/clock.ts";
import { exponentialPerItem } from "#base/rate-limiter.ts";
import { TaskGroup } from "#base/task-group.ts";
import { WorkQueue } from "#base/work-queue.ts";
import type { Logger } from "#observability/logger.ts";

export interface NameQueueOptions {
  /** For the log: what the work is. */
  readonly name: string;
  /** How many names are worked on at a time; one name never twice. */
  readonly workers: number;
  /** The delays before another try after failures. */
  readonly retry: { readonly baseMs: number; readonly maxMs: number };
}

/** Milliseconds until the name is worked on again without being added; undefined for never. */
export type NameWork = (name: string, signal: AbortSignal) => Promise<number | undefined>;

/** Works on names in the background, and again on one whose work failed. Disposal ends the work under way. */
export class NameQueue implements AsyncDisposable {
  readonly #queue: WorkQueue<string>;
  readonly #tasks: TaskGroup;
  readonly #options: NameQueueOptions;
  readonly #work: NameWork;
  readonly #logger: Logger;

  constructor(
    options: NameQueueOptions,
    { work, clock, logger }: { readonly work: NameWork; readonly clock: Clock; readonly logger: Logger },
  ) {
    this.#options = options;
    this.#work = work;
    this.#logger = logger;
    this.#queue = new WorkQueue({ clock, rateLimiter: exponentialPerItem(options.retry) });
    this.#tasks = new TaskGroup((error) => logger.error("Stopped working", { work: options.name, error }));
  }

  add(name: string): void {
    this.#queue.add(name);
  }

  /** Begins to work on what has been added and will be. */
  start(): void {
    for (let worker = 0; worker < this.#options.workers; worker += 1) {
      this.#tasks.run((signal) => this.#run(signal));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#queue[Symbol.dispose]();
    await this.#tasks[Symbol.asyncDispose]();
  }

  async #run(signal: AbortSignal): Promise<void> {
    for (let name = await this.#queue.take(); name !== undefined; name = await this.#queue.take()) {
      try {
        const againMs = await this.#work(name, signal);
        this.#queue.forget(name);
        if (againMs !== undefined) this.#queue.addAfter(name, againMs);
      } catch (error) {
        if (signal.aborted) return;
        this.#logger.debug("Failed, trying again later", { work: this.#options.name, name, error });
        this.#queue.addRateLimited(name);
      } finally {
        this.#queue.done(name);
      }
    }
  }
}
