import { isEstablished, statusOf } from "#api/apiextensions/v1/definition-status.ts";
import type { CustomResourceDefinition } from "#api/generated/apiextensions-v1.ts";
import { resourceOf } from "#api/resource.ts";
import type { BuiltInSchemas } from "#api/schemas.ts";
import { isConflict, isNotFound } from "#apimachinery/status-error.ts";
import { formatTime } from "#apimachinery/time.ts";
import { Backoff, type BackoffOptions } from "#base/backoff.ts";
import type { Clock } from "#base/clock.ts";
import { TaskGroup } from "#base/task-group.ts";
import type { Client } from "#client/client.ts";
import type { Logger } from "#observability/logger.ts";
import type { StoreEvent } from "#store/store.ts";
import type { KindRegistry } from "../registry/kind-registry.ts";
import type { ClusterObjects } from "../storage/cluster-objects.ts";
import type { ObjectStorage } from "../storage/object-storage.ts";
import { hasWantedNames } from "./accept-names.ts";
import type { LazyCel } from "./cel/lazy-cel.ts";
import { InstanceCleanup } from "./instance-cleanup.ts";
import { planStatus } from "./plan-status.ts";
import { ServedDefinitions } from "./served-definitions.ts";
import { isTerminating } from "./termination.ts";

const KIND = "CustomResourceDefinition";
const BACKOFF: BackoffOptions = {
  initialMs: 100,
  maxMs: 30_000,
  factor: 2,
  jitter: 0.5,
  resetAfterMs: 60_000,
};
const OBJECT_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";

export interface CustomResourcesDependencies {
  readonly registry: KindRegistry;
  readonly storage: ObjectStorage;
  readonly objects: ClusterObjects;
  readonly schemas: BuiltInSchemas;
  readonly cel: LazyCel;
  readonly client: Client;
  readonly clock: Clock;
  /** A number from 0 up to but not including 1. */
  readonly random: () => number;
  readonly logger: Logger;
}

/**
 * Makes resources of CustomResourceDefinitions: follows them in the store, gives them their names, serves those that
 * are established, and cleans up behind those that are deleted. What is established already is served from the start.
 */
export class CustomResources implements AsyncDisposable {
  readonly #dependencies: CustomResourcesDependencies;
  readonly #served: ServedDefinitions;
  readonly #cleanup: InstanceCleanup;
  readonly #cleaning = new Set<string>();
  readonly #prefix: string;
  readonly #tasks: TaskGroup;

  constructor(dependencies: CustomResourcesDependencies) {
    this.#dependencies = dependencies;
    const { registry, schemas, logger } = dependencies;
    this.#served = new ServedDefinitions(registry, {
      metaSchema: schemas.ofType(OBJECT_META),
      cel: dependencies.cel,
    });
    this.#cleanup = new InstanceCleanup(dependencies);
    this.#prefix = registry.get(resourceOf(KIND)).prefix;
    this.#tasks = new TaskGroup((error) => logger.error("Stopped following definitions", { error }));
    const revision = this.#serveAll();
    this.#tasks.run((signal) => this.#follow(revision, signal));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#tasks[Symbol.asyncDispose]();
  }

  /** Serves what is established and nothing else. Resolves with the revision at which that was true. */
  #serveAll(): number {
    const { revision } = this.#dependencies.storage.store;
    const definitions = this.#dependencies.objects.list(KIND);
    const names = new Set(definitions.map(({ metadata }) => metadata.name));
    for (const name of this.#served.names()) if (!names.has(name)) this.#served.remove(name);
    for (const definition of definitions) {
      this.#served.set(definition, Number(definition.metadata.resourceVersion ?? 0));
    }
    return revision;
  }

  async #follow(start: number, signal: AbortSignal): Promise<void> {
    const { storage, clock, random, logger } = this.#dependencies;
    const backoff = new Backoff(BACKOFF, { clock, random });
    for (let afterRevision = start; ; afterRevision = this.#serveAll()) {
      try {
        for (const name of this.#unsettled()) await this.#reconcile(name);
        for await (const events of storage.store.watch(this.#prefix, { afterRevision, signal })) {
          for (const name of this.#namesIn(events)) await this.#reconcile(name);
        }
      } catch (error) {
        signal.throwIfAborted();
        logger.warn("Failed to follow definitions", { error });
        await clock.sleep(backoff.next(), signal);
      }
      signal.throwIfAborted();
    }
  }

  /** Definitions that wait for something, perhaps since the server was stopped. */
  #unsettled(): readonly string[] {
    return this.#dependencies.objects
      .list(KIND)
      .filter((each) => !isEstablished(each) || !hasWantedNames(each) || isTerminating(each))
      .map(({ metadata }) => metadata.name);
  }

  #namesIn(events: readonly StoreEvent[]): ReadonlySet<string> {
    const keys = events.map((event) => (event.type === "put" ? event.entry.key : event.key));
    return new Set(keys.map((key) => key.slice(this.#prefix.length)));
  }

  /** Brings what is served, and the status of the definition, in line with it. */
  async #reconcile(name: string): Promise<void> {
    const { objects, storage } = this.#dependencies;
    const definition = objects.get(KIND, { name });
    if (definition === undefined) {
      this.#served.remove(name);
      return await this.#reconsider(name.slice(name.indexOf(".") + 1));
    }
    this.#served.set(definition, storage.store.revision + 1);
    if (isTerminating(definition)) return this.#startCleanup(name);
    const hadNames = statusOf(definition).acceptedNames;
    const next = this.#planStatus(definition);
    if (next === undefined) return;
    await this.#writeStatus({ ...definition, status: next });
    // What it has given up may be what another one waits for.
    if (!Bun.deepEquals(hadNames, next.acceptedNames)) await this.#reconsider(definition.spec.group);
  }

  #planStatus(definition: CustomResourceDefinition): ReturnType<typeof planStatus> {
    const group = this.#group(definition.spec.group);
    const now = formatTime(this.#dependencies.clock.now());
    return planStatus(definition, group, now);
  }

  /** Looks again at definitions that did not get their names, now that some may have become free. */
  async #reconsider(group: string): Promise<void> {
    for (const definition of this.#group(group)) {
      if (hasWantedNames(definition) || isTerminating(definition)) continue;
      const status = this.#planStatus(definition);
      if (status !== undefined) await this.#writeStatus({ ...definition, status });
    }
  }

  #group(group: string): readonly CustomResourceDefinition[] {
    return this.#dependencies.objects.list(KIND).filter(({ spec }) => spec.group === group);
  }

  /** Somebody who has changed the definition meanwhile has made another event. */
  async #writeStatus(definition: CustomResourceDefinition): Promise<void> {
    try {
      await this.#dependencies.client.updateStatus(KIND, definition);
    } catch (error) {
      if (!isConflict(error) && !isNotFound(error)) throw error;
    }
  }

  #startCleanup(name: string): void {
    if (this.#cleaning.has(name)) return;
    this.#cleaning.add(name);
    const { clock, random, logger } = this.#dependencies;
    const backoff = new Backoff(BACKOFF, { clock, random });
    this.#tasks.run(async (signal) => {
      for (let isDone = false; !isDone; ) {
        try {
          await this.#cleanup.run(name, signal);
          isDone = true;
        } catch (error) {
          signal.throwIfAborted();
          logger.warn("Failed to delete the instances of a definition", { definition: name, error });
          await clock.sleep(backoff.next(), signal);
        }
      }
      this.#cleaning.delete(name);
    });
  }
}
