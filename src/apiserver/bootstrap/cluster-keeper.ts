import type { Features } from "#api/features.ts";
import type { Clock } from "#base/clock.ts";
import { TaskGroup } from "#base/task-group.ts";
import type { Client } from "#client/client.ts";
import type { Logger } from "#observability/logger.ts";
import { ensureFlowControl, type FlowControlObjects } from "../flowcontrol/bootstrap/ensure-flow-control.ts";
import type { ServiceRanges } from "../services/allocation-context.ts";
import { bootstrapCluster } from "./bootstrap.ts";
import type { ApiEndpoint } from "./kubernetes-service.ts";
import { ensurePolicy, type PolicyObjects } from "./policy/ensure-policy.ts";
import { bootstrapPolicy } from "./policy/policy.ts";

/** How often somebody looks whether everything is still there (kube-apiserver `DefaultEndpointReconcilerInterval`). */
const INTERVAL_MS = 10_000;

/** The same for flow control (`priority-and-fairness-config-producer` of kube-apiserver). */
const FLOW_CONTROL_INTERVAL_MS = 60_000;

export interface ClusterKeeperOptions {
  readonly serviceRanges: ServiceRanges;
  readonly features: Features;
}

export interface ClusterKeeperDependencies {
  readonly client: Client;
  readonly objects: PolicyObjects & FlowControlObjects;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Sees to it that the objects which a cluster cannot be without come back when somebody deletes them. Roles come back
 * with the next start, as in other clusters.
 */
export class ClusterKeeper implements AsyncDisposable {
  readonly #dependencies: ClusterKeeperDependencies;
  readonly #options: ClusterKeeperOptions;
  readonly #tasks: TaskGroup;
  #endpoint: ApiEndpoint | undefined;

  constructor(dependencies: ClusterKeeperDependencies, options: ClusterKeeperOptions) {
    this.#dependencies = dependencies;
    this.#options = options;
    this.#tasks = new TaskGroup((error) =>
      dependencies.logger.error("Stopped keeping the cluster", { error }),
    );
  }

  get isStarted(): boolean {
    return this.#endpoint !== undefined;
  }

  /** Resolves when everything is there; rejects when that failed. Another call tells of another endpoint. */
  async start(endpoint: ApiEndpoint): Promise<void> {
    await this.#create(endpoint);
    const isRunning = this.isStarted;
    this.#endpoint = endpoint;
    if (isRunning) return;
    const { client, objects } = this.#dependencies;
    const policy = bootstrapPolicy(this.#options.features);
    const keepFlowControl = (): Promise<void> => ensureFlowControl(client, objects);
    await Promise.all([ensurePolicy(client, objects, policy), keepFlowControl()]);
    this.#tasks.run((signal) => this.#keep(INTERVAL_MS, () => this.#recreate(), signal));
    this.#tasks.run((signal) => this.#keep(FLOW_CONTROL_INTERVAL_MS, keepFlowControl, signal));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#tasks[Symbol.asyncDispose]();
  }

  async #keep(everyMs: number, ensure: () => Promise<void>, signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.#dependencies;
    for (;;) {
      await clock.sleep(everyMs, signal);
      try {
        await ensure();
      } catch (error) {
        logger.warn("Failed to create what the cluster cannot be without", { error });
      }
    }
  }

  async #recreate(): Promise<void> {
    if (this.#endpoint !== undefined) await this.#create(this.#endpoint);
  }

  #create(endpoint: ApiEndpoint): Promise<void> {
    const { client, clock } = this.#dependencies;
    return bootstrapCluster(client, clock, { endpoint, serviceRanges: this.#options.serviceRanges });
  }
}
