import { isNotFound } from "#apimachinery/status-error.ts";
import { formatTime } from "#apimachinery/time.ts";
import type { Clock } from "#base/clock.ts";
import { nextTurn } from "#base/next-turn.ts";
import { TaskGroup } from "#base/task-group.ts";
import { TokenBucket } from "#base/token-bucket.ts";
import type { Client } from "#client/client.ts";
import type { Logger } from "#observability/logger.ts";
import type { FlowConfiguration } from "./flow-controller.ts";
import { type DanglingUpdate, planDangling } from "./plan-dangling.ts";

/** A status that somebody else keeps changing back is written this often. */
const UPDATES_A_MINUTE = 6;

/** How long it rests then. */
const REST_MS = 30_000;

export interface DanglingKeeperDependencies {
  readonly client: Client;
  /** As it is now. */
  readonly configuration: () => FlowConfiguration;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Tells in the status of each FlowSchema whether its priority level exists. */
export class DanglingKeeper implements AsyncDisposable {
  readonly #dependencies: DanglingKeeperDependencies;
  readonly #allowances = new Map<string, TokenBucket>();
  readonly #tasks: TaskGroup;
  #isDue = false;

  constructor(dependencies: DanglingKeeperDependencies) {
    this.#dependencies = dependencies;
    this.#tasks = new TaskGroup((error) =>
      dependencies.logger.error("Failed to write the status of flow schemas", { error }),
    );
  }

  /** Something has changed. What changes together is looked at once. */
  note(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    this.#tasks.run((signal) => this.#keep(signal));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#tasks[Symbol.asyncDispose]();
  }

  async #keep(signal: AbortSignal): Promise<void> {
    await nextTurn();
    this.#isDue = false;
    const { configuration, clock } = this.#dependencies;
    const { schemas, levels } = configuration();
    const names = new Set(levels.map(({ metadata }) => metadata.name));
    const updates = planDangling(schemas, names, formatTime(clock.now()));
    const allowed = updates.filter(({ schema }) => this.#allowanceOf(schema.metadata.name).tryTake());
    this.#forgetOthers(schemas.map(({ metadata }) => metadata.name));
    await Promise.all(allowed.map((update) => this.#write(update, signal)));
    if (allowed.length === updates.length) return;
    await clock.sleep(REST_MS, signal);
    this.note();
  }

  #allowanceOf(name: string): TokenBucket {
    const known = this.#allowances.get(name);
    if (known !== undefined) return known;
    const rate = { burst: UPDATES_A_MINUTE, ratePerSecond: UPDATES_A_MINUTE / 60 };
    const allowance = new TokenBucket(rate, this.#dependencies.clock);
    this.#allowances.set(name, allowance);
    return allowance;
  }

  #forgetOthers(names: readonly string[]): void {
    for (const name of this.#allowances.keys()) if (!names.includes(name)) this.#allowances.delete(name);
  }

  async #write({ schema, condition }: DanglingUpdate, signal: AbortSignal): Promise<void> {
    const { apiVersion, kind, metadata } = schema;
    const { name } = metadata;
    const document = { apiVersion, kind, metadata: { name }, status: { conditions: [condition] } };
    const options = { fieldManager: "api-priority-and-fairness-config-consumer-v1", force: true, signal };
    try {
      const patch = { type: "apply", document, subresource: "status" } as const;
      await this.#dependencies.client.patch("FlowSchema", { name }, patch, options);
    } catch (error) {
      // It has been deleted meanwhile.
      if (!isNotFound(error)) throw error;
    }
  }
}
