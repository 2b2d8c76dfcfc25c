import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { Clock } from "#base/clock.ts";
import { TaskGroup } from "#base/task-group.ts";
import type { Logger } from "#observability/logger.ts";
import type { Metrics } from "#observability/metrics.ts";

export interface ConfigurationReloadOptions {
  readonly subject: "authentication" | "authorization";
  readonly file: string;
  /** What is in force, which the file said at the start. */
  readonly text: string;
  /** By which metrics tell servers apart. */
  readonly serverId: string;
}

export interface ConfigurationReloadDependencies<T extends object> {
  /** What a configuration says, or why it cannot be used. */
  readonly parse: (text: string) => T | string;
  readonly apply: (configuration: T) => Promise<void>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

const INTERVAL_MS = 60_000;

/**
 * Looks at the file of a configuration once a minute (kubernetes `pkg/kubeapiserver/options/authentication.go` and
 * `pkg/kubeapiserver/authorizer/reload.go`). One that cannot be used leaves what was in force before.
 */
export class ConfigurationReload<T extends object> implements AsyncDisposable {
  readonly #options: ConfigurationReloadOptions;
  readonly #dependencies: ConfigurationReloadDependencies<T>;
  readonly #logger: Logger;
  readonly #count: (status: "success" | "failure") => void;
  readonly #tasks: TaskGroup;
  /** What has been taken, or refused for good. */
  #seen: string;
  #applied: string;

  constructor(options: ConfigurationReloadOptions, dependencies: ConfigurationReloadDependencies<T>) {
    this.#options = options;
    this.#dependencies = dependencies;
    this.#seen = options.text;
    this.#applied = options.text;
    this.#logger = dependencies.logger.with({ component: options.subject });
    this.#count = this.#register();
    this.#tasks = new TaskGroup((error) =>
      this.#logger.error("Stopped following a configuration file", { error }),
    );
  }

  start(): void {
    const { clock } = this.#dependencies;
    this.#tasks.run(async (signal) => {
      for (;;) {
        await clock.sleep(INTERVAL_MS, signal);
        await this.look();
      }
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#tasks[Symbol.asyncDispose]();
  }

  /** Never rejects. */
  async look(): Promise<void> {
    const { file } = this.#options;
    try {
      const text = await readFile(file, "utf8");
      if (text === this.#seen) return;
      await this.#take(text);
      this.#seen = text;
      this.#applied = text;
      this.#count("success");
      this.#logger.info("Reloaded a configuration file", { file });
    } catch (error) {
      this.#count("failure");
      this.#logger.error("Failed to reload a configuration file", { file, error });
    }
  }

  /** A text that makes no sense is not looked at again; what could not be applied is tried again. */
  async #take(text: string): Promise<void> {
    const configuration = this.#dependencies.parse(text);
    if (typeof configuration === "string") {
      this.#seen = text;
      throw new Error(configuration);
    }
    await this.#dependencies.apply(configuration);
  }

  #register(): (status: "success" | "failure") => void {
    const { clock, metrics } = this.#dependencies;
    const { subject, serverId } = this.#options;
    const id = digest(serverId);
    const prefix = `apiserver_${subject}_config_controller`;
    const labels = ["status", "apiserver_id_hash"] as const;
    const stability = "BETA";
    const total = metrics.counter({
      name: `${prefix}_automatic_reloads_total`,
      stability,
      help: `Total number of automatic reloads of ${subject} configuration split by status and apiserver identity.`,
      labels,
    });
    const last = metrics.gauge({
      name: `${prefix}_automatic_reload_last_timestamp_seconds`,
      stability,
      help: `Timestamp of the last automatic reload of ${subject} configuration split by status and apiserver identity.`,
      labels,
    });
    metrics.readGauges(
      {
        name: `${prefix}_last_config_info`,
        stability: "ALPHA",
        help: `Information about the last applied ${subject} configuration with hash as label, split by apiserver identity.`,
      },
      () => [{ labels: { apiserver_id_hash: id, hash: digest(this.#applied) }, value: 1 }],
    );
    return (status) => {
      total.add({ status, apiserver_id_hash: id });
      last.set({ status, apiserver_id_hash: id }, clock.now() / 1000);
    };
  }
}

function digest(text: string): string {
  return `sha256:${createHash("sha256").update(text).digest("hex")}`;
}
