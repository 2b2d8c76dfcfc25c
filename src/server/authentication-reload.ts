import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import type {
  AnonymousAuthConfig,
  AuthenticationConfiguration,
} from "#apiserver/authentication/jwt/authentication-configuration.ts";
import type { JwtAuthenticators } from "#apiserver/authentication/jwt/jwt-authenticators.ts";
import type { Clock } from "#base/clock.ts";
import { TaskGroup } from "#base/task-group.ts";
import type { Logger } from "#observability/logger.ts";
import type { Metrics } from "#observability/metrics.ts";

/** What a configuration says, or why it cannot be used. */
export type ParseConfiguration = (text: string) => AuthenticationConfiguration | string;

export interface AuthenticationReloadOptions {
  readonly file: string;
  /** What is in force, which the file said at the start. */
  readonly text: string;
  readonly anonymous: AnonymousAuthConfig | undefined;
  /** By which metrics tell servers apart. */
  readonly serverId: string;
}

export interface AuthenticationReloadDependencies {
  readonly parse: ParseConfiguration;
  readonly tokens: Pick<JwtAuthenticators, "replace">;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

const INTERVAL_MS = 60_000;
const PREFIX = "apiserver_authentication_config_controller";

/**
 * Looks at the file of the authentication configuration once a minute (kubernetes
 * `pkg/kubeapiserver/options/authentication.go`). One that cannot be used leaves what was in force before.
 */
export class AuthenticationReload implements AsyncDisposable {
  readonly #options: AuthenticationReloadOptions;
  readonly #dependencies: AuthenticationReloadDependencies;
  readonly #logger: Logger;
  readonly #count: (status: "success" | "failure") => void;
  readonly #tasks: TaskGroup;
  /** What has been taken, or refused for good. */
  #seen: string;
  #applied: string;

  constructor(options: AuthenticationReloadOptions, dependencies: AuthenticationReloadDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
    this.#seen = options.text;
    this.#applied = options.text;
    this.#logger = dependencies.logger.with({ component: "authentication" });
    this.#count = this.#register();
    this.#tasks = new TaskGroup((error) =>
      this.#logger.error("Stopped following the authentication configuration", { error }),
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
      this.#logger.info("Reloaded the authentication configuration", { file });
    } catch (error) {
      this.#count("failure");
      this.#logger.error("Failed to reload the authentication configuration", { file, error });
    }
  }

  /** A text that makes no sense is not looked at again; an issuer that does not answer is asked again. */
  async #take(text: string): Promise<void> {
    const configuration = this.#parse(text);
    if (typeof configuration === "string") {
      this.#seen = text;
      throw new Error(configuration);
    }
    await this.#dependencies.tokens.replace(configuration.jwt ?? []);
  }

  /** Who may be anonymous is settled at the start. */
  #parse(text: string): AuthenticationConfiguration | string {
    const configuration = this.#dependencies.parse(text);
    if (typeof configuration === "string") return configuration;
    return Bun.deepEquals(configuration.anonymous, this.#options.anonymous)
      ? configuration
      : "anonymous: Forbidden: changed from initial configuration file";
  }

  #register(): (status: "success" | "failure") => void {
    const { clock, metrics } = this.#dependencies;
    const id = digest(this.#options.serverId);
    const labels = ["status", "apiserver_id_hash"] as const;
    const total = metrics.counter({
      name: `${PREFIX}_automatic_reloads_total`,
      help: "Total number of automatic reloads of authentication configuration split by status and apiserver identity.",
      labels,
    });
    const last = metrics.gauge({
      name: `${PREFIX}_automatic_reload_last_timestamp_seconds`,
      help: "Timestamp of the last automatic reload of authentication configuration split by status and apiserver identity.",
      labels,
    });
    metrics.readGauges(
      {
        name: `${PREFIX}_last_config_info`,
        help: "Information about the last applied authentication configuration with hash as label, split by apiserver identity.",
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
