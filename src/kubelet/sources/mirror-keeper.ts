import type { Node, Pod } from "#api/generated/core-v1.ts";
import { isAlreadyExists, isConflict, isNotFound } from "#apimachinery/status-error.ts";
import type { Clock } from "#base/clock.ts";
import { exponentialPerItem } from "#base/rate-limiter.ts";
import { TaskGroup } from "#base/task-group.ts";
import { WorkQueue } from "#base/work-queue.ts";
import type { Client } from "#client/client.ts";
import type { Logger } from "#observability/logger.ts";
import { type MirrorAction, planMirrors } from "./mirror-pods.ts";

export interface MirrorKeeperDependencies {
  readonly client: Pick<Client, "create" | "delete">;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Undefined before they are known: until then no mirror is known to be out of date. */
  readonly staticPods: () => readonly Pod[] | undefined;
  /** The mirrors that this node has in the API; undefined before they are known. */
  readonly mirrors: () => readonly Pod[] | undefined;
  readonly node: () => Node | undefined;
}

const RETRY = { baseMs: 200, maxMs: 60_000 };

/** Keeps one mirror in the API for each static pod, so that users see it. */
export class MirrorKeeper implements AsyncDisposable {
  readonly #dependencies: MirrorKeeperDependencies;
  readonly #queue: WorkQueue<"mirrors">;
  readonly #tasks: TaskGroup;

  constructor(dependencies: MirrorKeeperDependencies) {
    const { clock, logger } = dependencies;
    this.#dependencies = dependencies;
    this.#queue = new WorkQueue({ clock, rateLimiter: exponentialPerItem(RETRY) });
    this.#tasks = new TaskGroup((error) => logger.error("Stopped keeping mirror pods", { error }));
    this.#tasks.run(() => this.#run());
  }

  /** Static pods, mirrors or the node have changed. */
  poke(): void {
    this.#queue.add("mirrors");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#queue[Symbol.dispose]();
    await this.#tasks[Symbol.asyncDispose]();
  }

  async #run(): Promise<void> {
    for (let item = await this.#queue.take(); item !== undefined; item = await this.#queue.take()) {
      try {
        await this.#reconcile();
        this.#queue.forget(item);
      } catch (error) {
        this.#dependencies.logger.warn("Could not keep mirror pods", { error });
        this.#queue.addRateLimited(item);
      } finally {
        this.#queue.done(item);
      }
    }
  }

  async #reconcile(): Promise<void> {
    const { staticPods, mirrors, node } = this.#dependencies;
    const [wanted, present] = [staticPods(), mirrors()];
    if (wanted === undefined || present === undefined) return;
    for (const action of planMirrors({ staticPods: wanted, mirrors: present, node: node() })) {
      await this.#apply(action);
    }
  }

  /** What somebody else was quicker with is fine. */
  async #apply(action: MirrorAction): Promise<void> {
    const { client } = this.#dependencies;
    try {
      if (action.type === "create") {
        await client.create("Pod", action.pod);
        return;
      }
      const { name, namespace = "", uid } = action.pod.metadata;
      await client.delete("Pod", { namespace, name }, { gracePeriodSeconds: 0, preconditions: { uid } });
    } catch (error) {
      if (!(isNotFound(error) || isConflict(error) || isAlreadyExists(error))) throw error;
    }
  }
}
