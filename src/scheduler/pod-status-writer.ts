import type { Pod } from "#api/generated/core-v1.ts";
import { hasCause, isConflict, isNotFound, StatusError } from "#apimachinery/status-error.ts";
import type { Clock } from "#base/clock.ts";
import { exponentialPerItem } from "#base/rate-limiter.ts";
import { TaskGroup } from "#base/task-group.ts";
import { WorkQueue } from "#base/work-queue.ts";
import type { EventRecorderDependencies } from "#reconcile/event-recorder.ts";
import type { SchedulerClient } from "./framework/scheduler-client.ts";
import { type StatusChange, statusPatch } from "./pod-status.ts";

export interface PodStatusWriterDependencies {
  readonly client: Pick<SchedulerClient, "patch">;
  readonly clock: Clock;
  readonly logger: EventRecorderDependencies["logger"];
}

interface Wanted {
  readonly pod: Pod;
  readonly change: StatusChange;
  /** Another change of the pod was on its way when this one was asked for, so that the pod does not show all. */
  readonly isLater: boolean;
}

/** Enough to let writes gather in the store, and no flood. */
const WORKERS = 16;

/** How often a change is tried that the server could not make, as client-go's `retry.DefaultBackoff`. */
const MAX_TRIES = 4;
const RETRY = { baseMs: 10, maxMs: 1000 };

/** After these the same request may succeed. */
const PASSING = new Set(["InternalError", "ServiceUnavailable", "Conflict", "ServerTimeout", "Timeout"]);

/**
 * Writes the status of pods in the background, so that scheduling does not wait for it. For each pod one write is
 * under way at a time; what is asked for meanwhile is put together into the next.
 */
export class PodStatusWriter implements AsyncDisposable {
  readonly #dependencies: PodStatusWriterDependencies;
  readonly #wanted = new Map<string, Wanted>();
  readonly #writing = new Set<string>();
  readonly #queue: WorkQueue<string>;
  readonly #tasks: TaskGroup;

  constructor(dependencies: PodStatusWriterDependencies) {
    const { clock, logger } = dependencies;
    this.#dependencies = dependencies;
    this.#queue = new WorkQueue({ clock, rateLimiter: exponentialPerItem(RETRY) });
    this.#tasks = new TaskGroup((error) => logger.error("Pod status writer ended", { error }));
    for (let worker = 0; worker < WORKERS; worker += 1) this.#tasks.run((signal) => this.#work(signal));
  }

  /** Never fails and never waits. `pod` is its latest known state. */
  write(pod: Pod, change: StatusChange): void {
    const { uid } = pod.metadata;
    const before = this.#wanted.get(uid);
    const isLater = before !== undefined || this.#writing.has(uid);
    this.#wanted.set(uid, { pod, change: { ...before?.change, ...change }, isLater });
    this.#queue.add(uid);
  }

  /** What is not written yet is given up. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#queue[Symbol.dispose]();
    await this.#tasks[Symbol.asyncDispose]();
  }

  async #work(signal: AbortSignal): Promise<void> {
    for (let uid = await this.#queue.take(); uid !== undefined; uid = await this.#queue.take()) {
      const wanted = this.#wanted.get(uid);
      this.#wanted.delete(uid);
      this.#writing.add(uid);
      if (wanted !== undefined) await this.#write(uid, wanted, signal);
      this.#writing.delete(uid);
      this.#queue.done(uid);
    }
  }

  async #write(uid: string, wanted: Wanted, signal: AbortSignal): Promise<void> {
    try {
      await this.#patch(wanted, signal);
      this.#queue.forget(uid);
    } catch (error) {
      if (!signal.aborted) this.#afterFailure(uid, wanted, error);
    }
  }

  async #patch({ pod, change, isLater }: Wanted, signal: AbortSignal): Promise<void> {
    const { namespace = "", name } = pod.metadata;
    const document = statusPatch(pod, change, { now: this.#dependencies.clock.now(), isOutdated: isLater });
    if (document === undefined) return;
    const patch = { type: "strategic", document, subresource: "status" } as const;
    await this.#dependencies.client.patch("Pod", { namespace, name }, patch, { signal });
  }

  #afterFailure(uid: string, wanted: Wanted, error: unknown): void {
    const isWorthwhile = error instanceof StatusError && PASSING.has(error.status.reason ?? "");
    if (isWorthwhile && this.#queue.failures(uid) + 1 < MAX_TRIES) {
      const newer = this.#wanted.get(uid);
      const change = { ...wanted.change, ...newer?.change };
      this.#wanted.set(uid, { ...wanted, ...newer, change });
      this.#queue.addRateLimited(uid);
      return;
    }
    this.#queue.forget(uid);
    const isExpected = isNotFound(error) || isConflict(error) || hasCause(error, "NamespaceTerminating");
    if (isExpected) return;
    this.#dependencies.logger.warn("Could not write the status of a pod", { uid, error });
  }
}
