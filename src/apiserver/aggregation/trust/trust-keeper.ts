import type { ConfigMap } from "#api/generated/core-v1.ts";
import { resourceOf } from "#api/resource.ts";
import { isAlreadyExists, isConflict, isNotFound } from "#apimachinery/status-error.ts";
import { Backoff } from "#base/backoff.ts";
import type { Clock } from "#base/clock.ts";
import { TaskGroup } from "#base/task-group.ts";
import type { Client } from "#client/client.ts";
import type { Logger } from "#observability/logger.ts";
import type { ClusterState } from "../../cluster-state.ts";
import { objectKey } from "../../registry/storage-keys.ts";
import { type AuthenticationTrust, planTrust } from "./plan-trust.ts";

export interface TrustKeeperDependencies {
  readonly state: ClusterState;
  readonly client: Client;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
}

const NAME = { namespace: "kube-system", name: "extension-apiserver-authentication" };
const BACKOFF = { initialMs: 100, maxMs: 60_000, factor: 2, jitter: 0.5, resetAfterMs: 60_000 };

/** Keeps the ConfigMap by which extension servers configure their authentication as it has to be. */
export class TrustKeeper implements AsyncDisposable {
  readonly #trust: () => AuthenticationTrust;
  readonly #dependencies: TrustKeeperDependencies;
  readonly #tasks: TaskGroup;

  constructor(trust: () => AuthenticationTrust, dependencies: TrustKeeperDependencies) {
    this.#trust = trust;
    this.#dependencies = dependencies;
    const { logger } = dependencies;
    this.#tasks = new TaskGroup((error) =>
      logger.error("Stopped keeping the trust of extensions", { error }),
    );
  }

  start(): void {
    this.#tasks.run((signal) => this.#keep(signal));
  }

  /** Tells of another trust at once. */
  look(): void {
    this.#tasks.run(() => this.#try());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#tasks[Symbol.asyncDispose]();
  }

  async #keep(signal: AbortSignal): Promise<void> {
    const { state, clock, logger } = this.#dependencies;
    const { registry, storage } = state;
    const { namespace, name } = NAME;
    const key = objectKey(registry.get(resourceOf("ConfigMap")), namespace, name);
    const backoff = new Backoff(BACKOFF, this.#dependencies);
    for (;;) {
      try {
        const afterRevision = storage.store.revision;
        await this.#ensure();
        for await (const _changes of storage.store.watch(key, { afterRevision, signal }))
          await this.#ensure();
      } catch (error) {
        signal.throwIfAborted();
        logger.warn("Failed to keep the trust of extensions", { error });
      }
      await clock.sleep(backoff.next(), signal);
    }
  }

  async #try(): Promise<void> {
    try {
      await this.#ensure();
    } catch (error) {
      this.#dependencies.logger.warn("Failed to keep the trust of extensions", { error });
    }
  }

  /** Writes what is missing. Whoever has written meanwhile has made another change, which is looked at next. */
  async #ensure(): Promise<void> {
    const { state, client, clock } = this.#dependencies;
    const present = state.objects.get("ConfigMap", NAME);
    const data = planTrust(present?.data ?? {}, this.#trust(), clock.now());
    if (Bun.deepEquals(present?.data, data)) return;
    try {
      if (present !== undefined) await client.update("ConfigMap", { ...present, data });
      else await client.create("ConfigMap", { ...EMPTY, data });
    } catch (error) {
      if (!isAlreadyExists(error) && !isConflict(error) && !isNotFound(error)) throw error;
    }
  }
}

const EMPTY: Omit<ConfigMap, "metadata"> & { readonly metadata: typeof NAME } = {
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: NAME,
};
