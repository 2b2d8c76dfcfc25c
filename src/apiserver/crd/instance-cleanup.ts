import { isEstablished } from "#api/apiextensions/v1/definition-status.ts";
import type { CustomResourceDefinition } from "#api/generated/apiextensions-v1.ts";
import { isConflict, isNotFound } from "#apimachinery/status-error.ts";
import { formatTime } from "#apimachinery/time.ts";
import type { Clock } from "#base/clock.ts";
import type { Client } from "#client/client.ts";
import type { KindRegistry } from "../registry/kind-registry.ts";
import type { ServedResource } from "../registry/served-resource.ts";
import type { ObjectStorage } from "../storage/object-storage.ts";
import {
  DELETION_COMPLETED,
  DELETION_IN_PROGRESS,
  deletionFailed,
  holdsCleanup,
  INSTANCES_REMAIN,
  isTerminating,
  NEVER_ESTABLISHED,
  OVERLAPPING,
  withoutCleanup,
  withTermination,
} from "./termination.ts";

/** How often it is looked whether the finalizers of the last instances have run, and how often before that is told. */
const CHECK_EVERY_MS = 5000;
const CHECKS = 12;

export interface InstanceCleanupDependencies {
  readonly client: Client;
  readonly registry: KindRegistry;
  readonly storage: ObjectStorage;
  readonly clock: Clock;
  /** Deletes all objects of a resource, of one namespace where it has namespaces. */
  readonly deleteAll: (served: ServedResource, namespace: string, signal: AbortSignal) => Promise<void>;
}

/** Built-in resources whose keys are those that a custom resource of that name would have. */
const OVERLAPPING_NAMES: readonly string[] = [
  "apiservices.apiregistration.k8s.io",
  "customresourcedefinitions.apiextensions.k8s.io",
];

/**
 * Deletes the instances of definitions that are being deleted, and then lets the definitions go. They are deleted as they
 * are stored: the resource may be served in no version any more.
 */
export class InstanceCleanup {
  readonly #dependencies: InstanceCleanupDependencies;

  constructor(dependencies: InstanceCleanupDependencies) {
    this.#dependencies = dependencies;
  }

  /** Goes on until the definition has been let go; rejects when something fails that another try may mend. */
  async run(name: string, signal: AbortSignal): Promise<void> {
    for (;;) {
      const definition = await this.#read(name, signal);
      if (definition === undefined) return;
      try {
        if (await this.#runOnce(definition, signal)) return;
      } catch (error) {
        if (!isConflict(error) && !isNotFound(error)) throw error;
      }
    }
  }

  /** Undefined when there is nothing to do any more. */
  async #read(name: string, signal: AbortSignal): Promise<CustomResourceDefinition | undefined> {
    try {
      const definition = await this.#dependencies.client.get(
        "CustomResourceDefinition",
        { name },
        { signal },
      );
      return isTerminating(definition) && holdsCleanup(definition) ? definition : undefined;
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  async #runOnce(definition: CustomResourceDefinition, signal: AbortSignal): Promise<boolean> {
    const begun = await this.#tell(definition, DELETION_IN_PROGRESS);
    if (OVERLAPPING_NAMES.includes(definition.metadata.name)) return await this.#release(begun, OVERLAPPING);
    if (!isEstablished(definition)) return await this.#release(begun, NEVER_ESTABLISHED);
    const { group, names } = definition.spec;
    const served = this.#dependencies.registry.findStored({ group, resource: names.plural });
    if (served === undefined) throw new RangeError(`Resource "${definition.metadata.name}" is not served`);
    await this.#deleteInstances(begun, served, signal);
    for (let checks = 0; this.#count(served) > 0; checks += 1) {
      if (checks === CHECKS) {
        await this.#tell(begun, INSTANCES_REMAIN);
        return false;
      }
      await this.#dependencies.clock.sleep(CHECK_EVERY_MS, signal);
    }
    return await this.#release(begun, DELETION_COMPLETED);
  }

  async #deleteInstances(
    definition: CustomResourceDefinition,
    served: ServedResource,
    signal: AbortSignal,
  ): Promise<void> {
    try {
      for (const namespace of this.#namespacesOf(served)) {
        await this.#dependencies.deleteAll(served, namespace, signal);
      }
    } catch (error) {
      signal.throwIfAborted();
      await this.#tell(definition, deletionFailed(error instanceof Error ? error.message : String(error)));
      throw error;
    }
  }

  #namespacesOf(served: ServedResource): ReadonlySet<string> {
    const { entries } = this.#dependencies.storage.store.list(served.prefix);
    const { namespaced } = served.resource;
    return new Set(
      entries.map(({ key }) => (namespaced ? (key.slice(served.prefix.length).split("/")[0] ?? "") : "")),
    );
  }

  #count(served: ServedResource): number {
    return this.#dependencies.storage.store.count(served.prefix);
  }

  async #tell(
    definition: CustomResourceDefinition,
    termination: Parameters<typeof withTermination>[1],
  ): Promise<CustomResourceDefinition> {
    const next = withTermination(definition, termination, formatTime(this.#dependencies.clock.now()));
    return await this.#dependencies.client.updateStatus("CustomResourceDefinition", next);
  }

  async #release(
    definition: CustomResourceDefinition,
    termination: Parameters<typeof withTermination>[1],
  ): Promise<boolean> {
    const told = withTermination(definition, termination, formatTime(this.#dependencies.clock.now()));
    await this.#dependencies.client.updateStatus("CustomResourceDefinition", withoutCleanup(told));
    return true;
  }
}
