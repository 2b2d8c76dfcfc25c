import type { ConfigMap, Secret } from "#api/generated/core-v1.ts";
import { resourceOf } from "#api/resource.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import { LinkedAbort } from "#base/linked-abort.ts";
import { TaskGroup } from "#base/task-group.ts";
import { CachedInformer } from "#reconcile/informer.ts";
import { Reflector, type ReflectorDependencies } from "#reconcile/reflector.ts";
import type { ReferencedObjects } from "../containers/environment.ts";
import type { PodReference } from "./pod-references.ts";

interface Watched {
  readonly informer: CachedInformer<KubeObject>;
  readonly stop: LinkedAbort;
  /** The pods that refer to the object. */
  readonly podUids: Set<string>;
}

/**
 * Follows the ConfigMaps and Secrets that pods of this node refer to, each by a watch of its own: this is all that a
 * node may read (`util/manager/watch_based_manager.go`).
 */
export class ObjectWatcher implements ReferencedObjects, AsyncDisposable {
  readonly #dependencies: ReflectorDependencies;
  readonly #tasks: TaskGroup;
  readonly #watched = new Map<string, Watched>();
  readonly #onChange: (podUid: string) => void;

  /** `onChange` hears of every pod one of whose objects has changed. */
  constructor(dependencies: ReflectorDependencies, onChange: (podUid: string) => void) {
    this.#dependencies = dependencies;
    this.#onChange = onChange;
    this.#tasks = new TaskGroup((error) => dependencies.logger.error("Stopped watching objects", { error }));
  }

  /** Makes the objects that the pod refers to be followed, and no others for it. */
  register(podUid: string, references: readonly PodReference[]): void {
    const keys = new Set(references.map(keyOf));
    for (const reference of references) {
      const watched = this.#watched.get(keyOf(reference)) ?? this.#start(reference);
      watched.podUids.add(podUid);
    }
    for (const [key, watched] of this.#watched) if (!keys.has(key)) this.#drop(key, watched, podUid);
  }

  unregister(podUid: string): void {
    for (const [key, watched] of this.#watched) this.#drop(key, watched, podUid);
  }

  /** Resolves once it is known of every object that the pod refers to whether it exists. */
  async synced(podUid: string): Promise<void> {
    const own = [...this.#watched.values()].filter(({ podUids }) => podUids.has(podUid));
    await Promise.all(own.map(({ informer }) => informer.synced));
  }

  configMap(namespace: string, name: string): ConfigMap | undefined {
    // An informer of a kind holds objects of that kind.
    return this.#get({ kind: "ConfigMap", namespace, name }) as ConfigMap | undefined;
  }

  secret(namespace: string, name: string): Secret | undefined {
    // As above.
    return this.#get({ kind: "Secret", namespace, name }) as Secret | undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tasks[Symbol.asyncDispose]();
  }

  #get(reference: PodReference): KubeObject | undefined {
    const { namespace, name } = reference;
    return this.#watched.get(keyOf(reference))?.informer.get(namespace, name);
  }

  #start(reference: PodReference): Watched {
    const { kind, namespace, name } = reference;
    const resource = resourceOf(kind);
    const informer = new CachedInformer(resource, this.#dependencies.logger);
    const stop = new LinkedAbort(this.#tasks.signal);
    const watched: Watched = { informer, stop, podUids: new Set() };
    const selection = { namespace, fieldSelector: `metadata.name=${name}` };
    const reflector = new Reflector({ resource, selection }, informer, this.#dependencies);
    informer.onChange(() => {
      for (const podUid of watched.podUids) this.#onChange(podUid);
    });
    this.#tasks.run(() => reflector.run(stop.signal));
    this.#watched.set(keyOf(reference), watched);
    return watched;
  }

  #drop(key: string, { podUids, stop }: Watched, podUid: string): void {
    podUids.delete(podUid);
    if (podUids.size > 0) return;
    stop.abort();
    this.#watched.delete(key);
  }
}

function keyOf({ kind, namespace, name }: PodReference): string {
  return `${kind}/${namespace}/${name}`;
}
