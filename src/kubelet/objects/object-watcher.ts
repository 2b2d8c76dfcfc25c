import type { ClusterTrustBundle } from "#api/generated/certificates-v1beta1.ts";
import type { ConfigMap, Secret } from "#api/generated/core-v1.ts";
import { resourceOf } from "#api/resource.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import { onAbort } from "#base/disposable.ts";
import { LinkedAbort } from "#base/linked-abort.ts";
import { TaskGroup } from "#base/task-group.ts";
import { CachedInformer } from "#reconcile/informer.ts";
import { Reflector, type ReflectorDependencies, type Selection } from "#reconcile/reflector.ts";
import type { ReferencedObjects } from "../containers/environment.ts";
import type { TrustBundles } from "../volumes/trust-anchors.ts";
import { VolumeError } from "../volumes/volume-error.ts";
import type { NamedReference, PodReference } from "./pod-references.ts";

/** Longer than a server takes that is there. */
const BUNDLES_WAIT_MS = 3000;

interface Watched {
  readonly informer: CachedInformer<KubeObject>;
  readonly stop: LinkedAbort;
  /** The pods that refer to the object. */
  readonly podUids: Set<string>;
}

/**
 * Follows the ConfigMaps, Secrets and trust bundles that pods of this node refer to, each by a watch of its own: of the
 * first two this is all that a node may read (`util/manager/watch_based_manager.go`).
 */
export class ObjectWatcher implements ReferencedObjects, TrustBundles, AsyncDisposable {
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

  /**
   * Resolves once it is known of every object that the pod refers to whether it exists. Trust bundles, which a server need
   * not have, are not waited for long: who asks for them is told then.
   */
  async synced(podUid: string): Promise<void> {
    const own = [...this.#watched.values()].filter(({ podUids }) => podUids.has(podUid));
    await Promise.all(own.map((each) => this.#synced(each)));
  }

  configMap(namespace: string, name: string): ConfigMap | undefined {
    // An informer of a kind holds objects of that kind.
    return this.#get({ kind: "ConfigMap", namespace, name }) as ConfigMap | undefined;
  }

  secret(namespace: string, name: string): Secret | undefined {
    // As above.
    return this.#get({ kind: "Secret", namespace, name }) as Secret | undefined;
  }

  trustBundle(name: string): ClusterTrustBundle | undefined {
    return this.#bundles({ kind: "ClusterTrustBundle", namespace: "", name })[0];
  }

  trustBundlesOf(signerName: string): readonly ClusterTrustBundle[] {
    return this.#bundles({ kind: "ClusterTrustBundle", signerName });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tasks[Symbol.asyncDispose]();
  }

  async #synced({ informer, stop }: Watched): Promise<void> {
    if (informer.resource.kind !== "ClusterTrustBundle") return informer.synced;
    const { promise, resolve } = Promise.withResolvers<void>();
    using _timer = this.#dependencies.clock.after(BUNDLES_WAIT_MS, resolve);
    using _stop = onAbort(stop.signal, resolve);
    await Promise.race([informer.synced, promise]);
  }

  #get(reference: NamedReference): KubeObject | undefined {
    const { namespace, name } = reference;
    return this.#watched.get(keyOf(reference))?.informer.get(namespace, name);
  }

  #bundles(reference: PodReference): readonly ClusterTrustBundle[] {
    const informer = this.#watched.get(keyOf(reference))?.informer;
    if (informer?.isSynced !== true) {
      throw VolumeError.unavailable("ClusterTrustBundle informer has not yet synced");
    }
    // As above.
    return informer.list() as readonly ClusterTrustBundle[];
  }

  #start(reference: PodReference): Watched {
    const resource = resourceOf(reference.kind);
    const informer = new CachedInformer(resource, this.#dependencies.logger);
    const stop = new LinkedAbort(this.#tasks.signal);
    const watched: Watched = { informer, stop, podUids: new Set() };
    const source = { resource, selection: selectionOf(reference) };
    const reflector = new Reflector(source, informer, this.#dependencies);
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

function selectionOf(reference: PodReference): Selection {
  if ("signerName" in reference) return { fieldSelector: `spec.signerName=${reference.signerName}` };
  const fieldSelector = `metadata.name=${reference.name}`;
  return reference.namespace === "" ? { fieldSelector } : { namespace: reference.namespace, fieldSelector };
}

function keyOf(reference: PodReference): string {
  if ("signerName" in reference) return `${reference.kind}/signer/${reference.signerName}`;
  return `${reference.kind}/${reference.namespace}/${reference.name}`;
}
