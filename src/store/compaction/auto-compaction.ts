import type { Clock } from "#base/clock.ts";
import type { Logger } from "#observability/logger.ts";
import type { Store } from "../store.ts";
import { type CompactionPolicy, planCompaction, type RevisionMark } from "./plan-compaction.ts";

/** How exactly the age of a revision is known; also the longest time that too many of them are kept. */
const INTERVAL_MS = 30_000;

/** Compacts a store by age and by number of revisions for as long as it is not disposed. */
export class AutoCompaction implements AsyncDisposable {
  readonly #store: Pick<Store, "revision" | "compactedRevision" | "compact">;
  readonly #policy: CompactionPolicy;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #marks: readonly RevisionMark[] = [];
  #timer: Disposable | undefined;
  #running: Promise<void> = Promise.resolve();
  #disposed = false;

  constructor(
    policy: CompactionPolicy,
    dependencies: {
      readonly store: Pick<Store, "revision" | "compactedRevision" | "compact">;
      readonly clock: Clock;
      readonly logger: Logger;
    },
  ) {
    this.#policy = policy;
    this.#store = dependencies.store;
    this.#clock = dependencies.clock;
    this.#logger = dependencies.logger;
    this.#mark();
    this.#arm();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
    this.#timer?.[Symbol.dispose]();
    await this.#running;
  }

  #arm(): void {
    if (this.#disposed) return;
    this.#timer = this.#clock.after(INTERVAL_MS, () => {
      this.#running = this.#step();
    });
  }

  async #step(): Promise<void> {
    this.#mark();
    const { revision, compactedRevision } = this.#store;
    const view = { now: this.#clock.now(), revision, compactedRevision, marks: this.#marks };
    const target = planCompaction(view, this.#policy);
    try {
      if (target !== undefined && !this.#disposed) await this.#store.compact(target);
    } catch (error) {
      this.#logger.warn("Failed to compact", { error, revision: target });
    }
    this.#arm();
  }

  /** Remembers the present, and of what is too old to matter only the newest. */
  #mark(): void {
    const now = this.#clock.now();
    const marks = [...this.#marks, { at: now, revision: this.#store.revision }];
    const old = marks.findLastIndex(({ at }) => at <= now - this.#policy.retainMs);
    this.#marks = marks.slice(Math.max(0, old));
  }
}
