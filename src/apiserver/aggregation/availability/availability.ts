import type { APIService, APIServiceStatus } from "#api/generated/apiregistration-v1.ts";
import { isConditionTrue, setCondition } from "#apimachinery/conditions.ts";
import { isConflict, isNotFound } from "#apimachinery/status-error.ts";
import { formatTime } from "#apimachinery/time.ts";
import type { Clock } from "#base/clock.ts";
import type { Client } from "#client/client.ts";
import type { Logger } from "#observability/logger.ts";
import type { Metrics } from "#observability/metrics.ts";
import { type ServiceBackends, type ServiceObjects, slicesOf } from "../../backends/service-backends.ts";
import type { FollowObjectsDependencies } from "../../storage/follow-objects.ts";
import type { ApiServices } from "../api-services.ts";
import { NameQueue } from "../name-queue.ts";
import type { RemoteService, RemoteServices } from "../remote-services.ts";
import { AvailabilityMetrics } from "./availability-metrics.ts";
import { checkDiscovery } from "./discovery-check.ts";
import { followServices } from "./follow-services.ts";
import {
  type Availability as Condition,
  failedCheck,
  PASSED,
  planAvailability,
} from "./plan-availability.ts";

export interface AvailabilityDependencies extends FollowObjectsDependencies {
  readonly services: ApiServices;
  readonly remotes: RemoteServices;
  readonly backends: ServiceBackends;
  readonly objects: ServiceObjects;
  readonly client: Client;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly logger: Logger;
}

const WORKERS = 5;
/** Tight, because what makes an extension server unreachable need not show in any object. */
const RETRY = { baseMs: 5, maxMs: 30_000 };
const RESYNC_MS = 30_000;

type Checked = Pick<APIService, "spec"> & APIServiceStatus;

/** Keeps the condition `Available` of APIServices, by asking the extension servers. */
export class Availability implements AsyncDisposable {
  readonly #dependencies: AvailabilityDependencies;
  readonly #queue: NameQueue;
  readonly #metrics: AvailabilityMetrics;
  readonly #stack = new AsyncDisposableStack();
  /** What was checked last of each APIService, with the conditions that came of it. */
  readonly #checked = new Map<string, Checked>();

  constructor(dependencies: AvailabilityDependencies) {
    this.#dependencies = dependencies;
    this.#metrics = new AvailabilityMetrics(dependencies.metrics, dependencies.services);
    const options = { name: "check APIServices", workers: WORKERS, retry: RETRY };
    this.#queue = this.#stack.use(
      new NameQueue(options, { ...dependencies, work: (name, signal) => this.#check(name, signal) }),
    );
  }

  start(): void {
    const { services } = this.#dependencies;
    this.#stack.use(services.onChange((name) => this.#follow(name)));
    this.#stack.use(followServices((name) => this.#queue.add(name), this.#dependencies));
    for (const { metadata } of services.list()) this.#queue.add(metadata.name);
    this.#queue.start();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }

  /** The writes of this class are no news: what it writes about may change with every check. */
  #follow(name: string): void {
    const apiService = this.#dependencies.services.get(name);
    if (apiService === undefined) this.#checked.delete(name);
    else if (!Bun.deepEquals(this.#checked.get(name), checkedOf(apiService))) this.#queue.add(name);
  }

  async #check(name: string, signal: AbortSignal): Promise<number | undefined> {
    const { services, remotes, objects } = this.#dependencies;
    const apiService = services.get(name);
    if (apiService === undefined) return undefined;
    const remote = remotes.of(apiService);
    const view =
      remote === undefined
        ? { service: undefined, slices: [] }
        : { service: objects.get("Service", remote.reference), slices: slicesOf(objects, remote.reference) };
    const planned = planAvailability(apiService, view);
    if (planned !== undefined || remote === undefined) await this.#write(apiService, planned);
    else await this.#ask(remote, signal);
    return remote && RESYNC_MS;
  }

  /** Rejects when the check fails, to be called again soon. */
  async #ask(remote: RemoteService, signal: AbortSignal): Promise<void> {
    const { backends, clock } = this.#dependencies;
    try {
      await checkDiscovery(remote, backends.resolve(remote.reference), { clock, signal });
    } catch (error) {
      signal.throwIfAborted();
      await this.#write(
        remote.apiService,
        failedCheck(error instanceof Error ? error.message : String(error)),
      );
      throw error;
    }
    await this.#write(remote.apiService, PASSED);
  }

  /** Whoever has changed the object meanwhile has it checked again. */
  async #write(apiService: APIService, condition: Condition | undefined): Promise<void> {
    if (condition === undefined) return;
    const { client, clock, logger } = this.#dependencies;
    const before = apiService.status?.conditions;
    const conditions = setCondition(before, condition, formatTime(clock.now()));
    const { name } = apiService.metadata;
    this.#checked.set(name, { spec: apiService.spec, conditions });
    if (conditions === before) return;
    try {
      await client.updateStatus("APIService", { ...apiService, status: { conditions } });
      const isLost = isConditionTrue(before, condition.type) && condition.status !== "True";
      if (isLost) this.#metrics.becameUnavailable(name, condition.reason);
      logger.info("Changed availability of an APIService", { name, ...condition });
    } catch (error) {
      if (!isConflict(error) && !isNotFound(error)) throw error;
    }
  }
}

function checkedOf({ spec, status }: APIService): Checked {
  return { spec, ...(status?.conditions && { conditions: status.conditions }) };
}
