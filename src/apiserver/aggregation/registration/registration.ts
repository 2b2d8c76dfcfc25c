import { isAlreadyExists, isConflict, isNotFound } from "#apimachinery/status-error.ts";
import type { Clock } from "#base/clock.ts";
import type { Client } from "#client/client.ts";
import type { Logger } from "#observability/logger.ts";
import type { KindRegistry } from "../../registry/kind-registry.ts";
import type { ApiServices } from "../api-services.ts";
import { NameQueue } from "../name-queue.ts";
import { type LocalService, localServices, newApiService } from "./local-services.ts";
import { planRegistration, type RegistrationAction } from "./plan-registration.ts";

export interface RegistrationDependencies {
  readonly services: ApiServices;
  readonly registry: KindRegistry;
  readonly client: Client;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** So many that all that is built in is written in one commit at the first start. */
const WORKERS = 32;
const RETRY = { baseMs: 5, maxMs: 60_000 };

/**
 * Keeps an APIService for every group version that the server itself serves: those that are built in from start to
 * start, so that users may change them meanwhile, those of custom resources as long as they are served.
 */
export class Registration implements AsyncDisposable {
  readonly #dependencies: RegistrationDependencies;
  readonly #queue: NameQueue;
  readonly #stack = new AsyncDisposableStack();
  readonly #synced = new Set<string>();
  readonly #atStart: ReadonlySet<string>;
  #wanted: ReadonlyMap<string, LocalService>;

  constructor(dependencies: RegistrationDependencies) {
    this.#dependencies = dependencies;
    const { services, registry } = dependencies;
    this.#wanted = localServices(registry.list());
    this.#atStart = new Set(services.list().map(({ metadata }) => metadata.name));
    const work = (name: string): Promise<undefined> => this.#sync(name);
    const options = { name: "register APIServices", workers: WORKERS, retry: RETRY };
    this.#queue = this.#stack.use(new NameQueue(options, { ...dependencies, work }));
  }

  start(): void {
    const { services, registry } = this.#dependencies;
    for (const name of new Set([...this.#wanted.keys(), ...this.#atStart])) this.#queue.add(name);
    this.#stack.use(services.onChange((name) => this.#queue.add(name)));
    this.#stack.use(registry.onChange(() => this.#followRegistry()));
    this.#queue.start();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }

  #followRegistry(): void {
    const before = this.#wanted;
    this.#wanted = localServices(this.#dependencies.registry.list());
    for (const name of new Set([...before.keys(), ...this.#wanted.keys()])) {
      if (before.has(name) !== this.#wanted.has(name)) this.#queue.add(name);
    }
  }

  async #sync(name: string): Promise<undefined> {
    const action = planRegistration({
      wanted: this.#wanted.get(name),
      found: this.#dependencies.services.get(name),
      wasSynced: this.#synced.has(name),
      wasAtStart: this.#atStart.has(name),
    });
    if (action !== undefined) await this.#apply(action);
    this.#synced.add(name);
  }

  /** Whoever was faster has made another change, after which it is looked at again. */
  async #apply(action: RegistrationAction): Promise<void> {
    const { client } = this.#dependencies;
    try {
      switch (action.type) {
        case "create":
          await client.create("APIService", newApiService(action.service));
          return;
        case "update":
          await client.update("APIService", action.object);
          return;
        case "delete": {
          const { name, uid } = action.object.metadata;
          await client.delete("APIService", { name }, { preconditions: { uid } });
        }
      }
    } catch (error) {
      if (!isAlreadyExists(error) && !isConflict(error) && !isNotFound(error)) throw error;
    }
  }
}
