import type { Node, Pod } from "#api/generated/core-v1.ts";
import type { Clock } from "#base/clock.ts";
import type { Client } from "#client/client.ts";
import type { Logger } from "#observability/logger.ts";
import type { Informer } from "#reconcile/informer.ts";
import type { Change } from "#reconcile/object-cache.ts";
import { isMirrorPod, isStaticPod } from "../pod/pod-origin.ts";
import { MirrorKeeper } from "./mirror-keeper.ts";
import { isMirrorOf, nameOf } from "./mirror-pods.ts";
import { StaticPods } from "./static-pods.ts";

export interface PodSourcesOptions {
  readonly nodeName: string;
  readonly manifestDirectory: string;
  /** How often the directory is read, besides whenever it changes. */
  readonly lookMs: number;
}

export interface PodSourcesDependencies {
  readonly client: Pick<Client, "create" | "delete">;
  /** The pods that are bound to this node. */
  readonly pods: Informer<Pod>;
  readonly node: () => Node | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Who runs the pods. */
export interface PodListener {
  /** A pod that is new or has changed. */
  readonly updated: (pod: Pod) => void;
  readonly removed: (podUid: string) => void;
  /** The mirror of a static pod has come, changed or gone. */
  readonly mirrorChanged: (podUid: string) => void;
}

/** Where the pods of a node come from: the API and files. Keeps the mirrors of the latter in the former. */
export class PodSources implements AsyncDisposable {
  readonly #dependencies: PodSourcesDependencies;
  readonly #listener: PodListener;
  readonly #mirrors: MirrorKeeper;
  readonly #staticPods: StaticPods;
  readonly #subscription: Disposable;
  readonly #hasReadFiles = Promise.withResolvers<void>();
  /** By uid; undefined before they have been read. */
  #files: ReadonlyMap<string, Pod> | undefined;

  constructor(options: PodSourcesOptions, dependencies: PodSourcesDependencies, listener: PodListener) {
    const { client, pods, node, clock, logger } = dependencies;
    this.#dependencies = dependencies;
    this.#listener = listener;
    this.#mirrors = new MirrorKeeper({
      client,
      clock,
      logger,
      node,
      staticPods: () => (this.#files === undefined ? undefined : [...this.#files.values()]),
      mirrors: () => (pods.isSynced ? pods.list().filter(isMirrorPod) : undefined),
    });
    const { nodeName, manifestDirectory: path, lookMs } = options;
    this.#staticPods = new StaticPods({ path, nodeName, lookMs }, { clock, logger }, (files) =>
      this.#filesChanged(files),
    );
    this.#subscription = pods.onChange((changes) => {
      for (const change of changes) this.#podChanged(change);
    });
    void pods.synced.then(() => this.#mirrors.poke());
  }

  /** Resolves once both sources have been read. */
  get synced(): Promise<void> {
    return Promise.all([this.#dependencies.pods.synced, this.#hasReadFiles.promise]).then(() => undefined);
  }

  /** The pods of the node, static ones as they are in their files. */
  pods(): readonly Pod[] {
    const ofAPI = this.#dependencies.pods.list().filter((pod) => !isMirrorPod(pod));
    return [...ofAPI, ...(this.#files?.values() ?? [])];
  }

  pod(namespace: string, name: string): Pod | undefined {
    const found = this.#dependencies.pods.get(namespace, name);
    if (found !== undefined && !isMirrorPod(found)) return found;
    return [...(this.#files?.values() ?? [])].find(
      ({ metadata }) => metadata.namespace === namespace && metadata.name === name,
    );
  }

  /** The pod as the API has it; of a static pod its mirror, once that exists. */
  apiPodOf(pod: Pod): Pod | undefined {
    const { namespace = "", name, uid } = pod.metadata;
    const found = this.#dependencies.pods.get(namespace, name);
    if (found === undefined) return undefined;
    const isIts = isStaticPod(pod) ? isMirrorOf(found, pod) : found.metadata.uid === uid;
    return isIts ? found : undefined;
  }

  /** Something that mirrors depend on has changed. */
  nodeChanged(): void {
    this.#mirrors.poke();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#subscription[Symbol.dispose]();
    await this.#staticPods[Symbol.asyncDispose]();
    await this.#mirrors[Symbol.asyncDispose]();
  }

  #podChanged(change: Change<Pod>): void {
    const { object } = change;
    if (isMirrorPod(object)) {
      this.#mirrors.poke();
      for (const pod of this.#files?.values() ?? []) {
        if (nameOf(pod) === nameOf(object)) this.#listener.mirrorChanged(pod.metadata.uid);
      }
      return;
    }
    if (change.type === "deleted") this.#listener.removed(object.metadata.uid);
    else this.#listener.updated(object);
  }

  #filesChanged(files: ReadonlyMap<string, Pod>): void {
    const before = this.#files ?? new Map<string, Pod>();
    this.#files = files;
    for (const uid of before.keys()) if (!files.has(uid)) this.#listener.removed(uid);
    for (const [uid, pod] of files) if (!before.has(uid)) this.#listener.updated(pod);
    this.#hasReadFiles.resolve();
    this.#mirrors.poke();
  }
}
