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
import type { Entry, StoreEvent } from "#store/store.ts";
import type { KindRegistry } from "../registry/kind-registry.ts";
import { decodeObject, withResourceVersion } from "../storage/encoded-object.ts";
import type { ObjectStorage } from "../storage/object-storage.ts";
import { hasWantedNames } from "./accept-names.ts";
import type { LazyCel } from "./cel/lazy-cel.ts";
import type { DefinitionTools } from "./compile-definition.ts";
import { type DefinitionOutline, outlineOf } from "./definition-outline.ts";
import { InstanceCleanup, type InstanceCleanupDependencies } from "./instance-cleanup.ts";
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
export const OBJECT_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";

export interface CustomResourcesDependencies {
  readonly registry: KindRegistry;
  readonly storage: ObjectStorage;
  readonly schemas: BuiltInSchemas;
  readonly cel: LazyCel;
  readonly webhooks: DefinitionTools["webhooks"];
  readonly newUid: () => string;
  readonly deleteAll: InstanceCleanupDependencies["deleteAll"];
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
  readonly #outlines = new Map<string, DefinitionOutline>();
  readonly #prefix: string;
  readonly #stop = new AbortController();
  readonly #tasks: TaskGroup;

  constructor(dependencies: CustomResourcesDependencies) {
    this.#dependencies = dependencies;
    const { registry, schemas, logger, cel, webhooks, newUid } = dependencies;
    const metaSchema = schemas.ofType(OBJECT_META);
    const { signal } = this.#stop;
    this.#served = new ServedDefinitions(registry, { metaSchema, cel, webhooks, newUid, signal });
    this.#cleanup = new InstanceCleanup(dependencies);
    this.#prefix = registry.get(resourceOf(KIND)).prefix;
    this.#tasks = new TaskGroup((error) => logger.error("Stopped following definitions", { error }));
    const revision = this.#serveAll(({ revision }) => revision);
    this.#tasks.run((signal) => this.#follow(revision, signal));
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    return this.#tasks[Symbol.asyncDispose]();
  }

  /** Serves what is established and nothing else. Returns the revision at which that was true. */
  #serveAll(currentFrom: (entry: Entry) => number): number {
    const { entries, revision } = this.#dependencies.storage.store.list(this.#prefix);
    const names = new Set(entries.map(({ key }) => this.#nameOf(key)));
    for (const name of this.#outlines.keys()) if (!names.has(name)) this.#forget(name);
    for (const entry of entries) this.#serve(entry, currentFrom(entry));
    return revision;
  }

  /** What this server has written until now, it has written under the definitions that it knew. */
  get #nextRevision(): number {
    return this.#dependencies.storage.store.revision + 1;
  }

  #serve(entry: Entry, currentFrom: number): CustomResourceDefinition {
    const read = (): CustomResourceDefinition => readDefinition(entry);
    const definition = read();
    this.#outlines.set(definition.metadata.name, outlineOf(definition));
    this.#served.set({ definition, read }, currentFrom);
    return definition;
  }

  #forget(name: string): void {
    this.#outlines.delete(name);
    this.#served.remove(name);
  }

  #nameOf(key: string): string {
    return key.slice(this.#prefix.length);
  }

  async #follow(start: number, signal: AbortSignal): Promise<void> {
    const { storage, clock, random, logger } = this.#dependencies;
    const backoff = new Backoff(BACKOFF, { clock, random });
    for (let afterRevision = start; ; afterRevision = this.#serveAll(() => this.#nextRevision)) {
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
    return [...this.#outlines.values()]
      .filter((each) => !isEstablished(each) || !hasWantedNames(each) || isTerminating(each))
      .map(({ metadata }) => metadata.name);
  }

  #namesIn(events: readonly StoreEvent[]): ReadonlySet<string> {
    return new Set(events.map((event) => this.#nameOf(event.type === "put" ? event.entry.key : event.key)));
  }

  /** Brings what is served, and the status of the definition, in line with it. */
  async #reconcile(name: string): Promise<void> {
    const { store } = this.#dependencies.storage;
    const entry = store.get(this.#prefix + name);
    if (entry === undefined) {
      this.#forget(name);
      return await this.#reconsider(name.slice(name.indexOf(".") + 1));
    }
    const definition = this.#serve(entry, this.#nextRevision);
    if (isTerminating(definition)) return this.#startCleanup(name);
    const hadNames = statusOf(definition).acceptedNames;
    const next = this.#planStatus(definition);
    if (next === undefined) return;
    await this.#writeStatus({ ...definition, status: next });
    // What it has given up may be what another one waits for.
    if (!Bun.deepEquals(hadNames, next.acceptedNames)) await this.#reconsider(definition.spec.group);
  }

  #planStatus(definition: CustomResourceDefinition): ReturnType<typeof planStatus> {
    const now = formatTime(this.#dependencies.clock.now());
    return planStatus(definition, this.#group(definition.spec.group), now);
  }

  /** Looks again at definitions that did not get their names, now that some may have become free. */
  async #reconsider(group: string): Promise<void> {
    for (const outline of this.#group(group)) {
      if (hasWantedNames(outline) || isTerminating(outline)) continue;
      const entry = this.#dependencies.storage.store.get(this.#prefix + outline.metadata.name);
      if (entry === undefined) continue;
      const definition = readDefinition(entry);
      const status = this.#planStatus(definition);
      if (status !== undefined) await this.#writeStatus({ ...definition, status });
    }
  }

  #group(group: string): readonly DefinitionOutline[] {
    return [...this.#outlines.values()].filter(({ spec }) => spec.group === group);
  }

  /** Somebody who has changed the definition meanwhile has made another event. */
  async #writeStatus(definition: CustomResourceDefinition): Promise<void> {
    try {
      const written = await this.#dependencies.client.updateStatus(KIND, definition);
      this.#outlines.set(written.metadata.name, outlineOf(written));
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

/** Not by way of the shared objects, which stay in memory: definitions are large. */
function readDefinition(entry: Entry): CustomResourceDefinition {
  return withResourceVersion(decodeObject(entry.value), entry.revision) as CustomResourceDefinition;
}
