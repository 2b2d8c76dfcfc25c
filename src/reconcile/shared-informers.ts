import { type KindRef, type ObjectOf, type Resource, resourceOf } from "#api/resource.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import { LinkedAbort } from "#base/linked-abort.ts";
import { TaskGroup } from "#base/task-group.ts";
import { CachedInformer, type Informer } from "./informer.ts";
import { Reflector, type ReflectorDependencies, type Selection } from "./reflector.ts";

export interface InformerOptions extends Selection {
  /** Keep only apiVersion, kind and metadata: for owners of many kinds that must not cost memory. */
  readonly metadataOnly?: boolean;
}

/** The informers of one process: whoever asks for the same objects gets the same cache. */
export interface SharedInformers {
  /** The informer of a kind, started at the first request for it. */
  informer<K extends KindRef>(kind: K, options?: InformerOptions): Informer<ObjectOf<K>>;
  /** Stops and forgets the informers of a resource that has ceased to exist. */
  forget(resource: Resource): void;
}

interface Running {
  readonly resource: Resource;
  readonly informer: CachedInformer<KubeObject>;
  readonly stop: LinkedAbort;
}

/** Runs a reflector for every informer until it is disposed. */
export class ReflectedInformers implements SharedInformers, AsyncDisposable {
  readonly #dependencies: ReflectorDependencies;
  readonly #running = new Map<string, Running>();
  readonly #tasks: TaskGroup;

  constructor(dependencies: ReflectorDependencies) {
    this.#dependencies = dependencies;
    this.#tasks = new TaskGroup((error) => dependencies.logger.error("Reflector ended", { error }));
  }

  informer<K extends KindRef>(kind: K, options: InformerOptions = {}): Informer<ObjectOf<K>> {
    const resource = resourceOf(kind);
    const key = informerKey(resource, options);
    const running = this.#running.get(key) ?? this.#start(key, resource, options);
    // An informer of a kind holds objects of that kind; the map forgets which.
    return running.informer as unknown as Informer<ObjectOf<K>>;
  }

  forget(resource: Resource): void {
    for (const [key, running] of this.#running) {
      if (groupResource(running.resource) !== groupResource(resource)) continue;
      running.stop.abort();
      this.#running.delete(key);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tasks[Symbol.asyncDispose]();
  }

  #start(key: string, resource: Resource, { metadataOnly, ...selection }: InformerOptions): Running {
    const informer = new CachedInformer(resource, this.#dependencies.logger, {
      ...(metadataOnly === true && { transform: metadataOf }),
    });
    const stop = new LinkedAbort(this.#tasks.signal);
    const reflector = new Reflector({ resource, selection }, informer, this.#dependencies);
    this.#tasks.run(() => reflector.run(stop.signal));
    const running = { resource, informer, stop };
    this.#running.set(key, running);
    return running;
  }
}

function informerKey(resource: Resource, options: InformerOptions): string {
  const { namespace = "", labelSelector = "", fieldSelector = "", metadataOnly = false } = options;
  return JSON.stringify([
    groupResource(resource),
    resource.version,
    namespace,
    labelSelector,
    fieldSelector,
    metadataOnly,
  ]);
}

function groupResource({ group, name }: Resource): string {
  return `${name}.${group}`;
}

function metadataOf({ apiVersion, kind, metadata }: KubeObject): KubeObject {
  return Object.freeze({ apiVersion, kind, metadata });
}
