import { mkdir } from "node:fs/promises";
import type { Node, Pod, PodStatus } from "#api/generated/core-v1.ts";
import type { Clock } from "#base/clock.ts";
import { abortable, onceAborted } from "#base/disposable.ts";
import { TaskGroup } from "#base/task-group.ts";
import { TokenBucket } from "#base/token-bucket.ts";
import type { RuntimeEntity } from "#container/runtime.ts";
import { ApiEventRecorder } from "#reconcile/event-recorder.ts";
import type { Informer } from "#reconcile/informer.ts";
import type { FoundContainer, Kubelet, KubeletDependencies, KubeletOptions } from "./kubelet.ts";
import { DEFAULT_SETTINGS, type KubeletSettings } from "./kubelet-settings.ts";
import { KubeletEnvironment } from "./node/kubelet-environment.ts";
import { keepNodeLease } from "./node/node-lease.ts";
import { NodeReporter } from "./node/node-reporter.ts";
import { DEFAULT_RESERVATION } from "./node/node-reservation.ts";
import { NetworkMonitor } from "./runtime/network-monitor.ts";
import { RuntimeMonitor } from "./runtime/runtime-monitor.ts";
import { PodSources } from "./sources/pod-sources.ts";
import { findRun } from "./status/find-run.ts";
import { createPodServices, type OwnedServices } from "./worker/create-pod-services.ts";
import { removeOrphanDirectories } from "./worker/orphan-directories.ts";
import { PodWorkers } from "./worker/pod-workers.ts";

/** Puts the parts of a kubelet together and runs them. */
export class KubeletRun implements Kubelet {
  readonly #options: KubeletOptions;
  readonly #settings: KubeletSettings;
  readonly #dependencies: KubeletDependencies;
  readonly #events: ApiEventRecorder;
  readonly #nodes: Informer<Node>;
  readonly #runtime: RuntimeMonitor;
  readonly #network: NetworkMonitor;
  readonly #reporter: NodeReporter;
  readonly #owned: OwnedServices;
  readonly #workers: PodWorkers;
  readonly #tasks: TaskGroup;
  readonly #started = Promise.withResolvers<void>();
  #sources: PodSources | undefined;
  #podCIDRs: readonly string[] = [];
  #areSourcesKnown = false;

  constructor(options: KubeletOptions, dependencies: KubeletDependencies) {
    const { client, clock, random, logger, informers, runtime, podNetwork } = dependencies;
    const { nodeName } = options;
    this.#options = options;
    this.#settings = { ...DEFAULT_SETTINGS, ...options.settings };
    this.#dependencies = dependencies;
    this.#tasks = new TaskGroup((error) => this.#fail(error));
    this.#events = new ApiEventRecorder(
      { component: "kubelet", host: nodeName },
      { client, clock, random, logger, limit: eventLimit(this.#settings, clock) },
    );
    this.#nodes = informers.informer("Node", { fieldSelector: `metadata.name=${nodeName}` });
    this.#network = new NetworkMonitor(podNetwork, () => this.#healthChanged());
    this.#runtime = new RuntimeMonitor(
      { runtime, clock, logger },
      {
        podChanged: (podUid) => this.#poke(podUid),
        relisted: (entities) => this.#relisted(entities),
        healthChanged: () => this.#healthChanged(),
      },
    );
    this.#reporter = this.#createReporter();
    const node = new KubeletEnvironment(options, this.#settings, {
      status: () => this.#reporter.status,
      services: informers.informer("Service"),
      networkError: () => this.#network.problem,
      apiPodOf: (pod) => this.#sources?.apiPodOf(pod),
    });
    const { rootDirectory } = options;
    const runtimeName = (): string => this.#runtime.version?.name ?? "";
    this.#owned = createPodServices(
      { rootDirectory, runtimeName, node, events: this.#events },
      dependencies,
      {
        podChanged: (podUid) => this.#poke(podUid),
        referencesChanged: (podUid) => this.#workers.get(podUid)?.referencesChanged(),
      },
    );
    this.#workers = new PodWorkers(this.#owned.services, () => this.#reporter.presentNode);
    this.#started.promise.catch(() => undefined);
    this.#tasks.run((signal) => this.#run(signal));
  }

  get started(): Promise<void> {
    return this.#started.promise;
  }

  pods(): readonly Pod[] {
    return this.#sources?.pods() ?? [];
  }

  pod(namespace: string, name: string): Pod | undefined {
    return this.#sources?.pod(namespace, name);
  }

  podStatus(podUid: string): PodStatus | undefined {
    return this.#owned.services.statuses.last(podUid);
  }

  containerOf(
    pod: Pod,
    containerName: string,
    { previous = false }: { readonly previous?: boolean } = {},
  ): FoundContainer | undefined {
    const { uid } = pod.metadata;
    const runtime = this.#workers.get(uid)?.runtime;
    const status = findRun(this.podStatus(uid) ?? {}, runtime?.containers ?? [], { containerName, previous });
    return status && { pod, status };
  }

  sandboxOf(podUid: string): string | undefined {
    const sandboxes = this.#workers.get(podUid)?.runtime.sandboxes ?? [];
    return sandboxes.find(({ state }) => state === "ready")?.id;
  }

  node(): Node | undefined {
    return this.#reporter.node;
  }

  addressChanged(): void {
    this.#healthChanged();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#started.reject(new Error("The kubelet was stopped"));
    await this.#sources?.[Symbol.asyncDispose]();
    await this.#tasks[Symbol.asyncDispose]();
    await this.#workers[Symbol.asyncDispose]();
    await this.#owned[Symbol.asyncDispose]();
    await this.#events[Symbol.asyncDispose]();
  }

  #createReporter(): NodeReporter {
    const { nodeName, hostname = nodeName, nodeIPs, nodeExternalIPs = [], version, port } = this.#options;
    const { providerID } = this.#options;
    const { client, runtime, machine, readResources, clock, logger } = this.#dependencies;
    const options = {
      nodeName,
      hostname,
      architecture: machine.architecture,
      labels: this.#options.nodeLabels ?? {},
      taints: this.#options.nodeTaints ?? [],
      ...(providerID !== undefined && { providerID }),
      nodeIPs,
      nodeExternalIPs,
      kubeletVersion: version,
      kubeletPort: port,
      settings: this.#settings,
      reservation: { ...DEFAULT_RESERVATION, ...this.#options.reservation },
    };
    return new NodeReporter(options, {
      client,
      nodes: this.#nodes,
      runtime,
      identity: machine,
      readResources,
      runtimeVersion: () => {
        const { name = "", version: number = "" } = this.#runtime.version ?? {};
        return `${name}://${number}`;
      },
      problems: () => this.#problems(),
      events: this.#events,
      clock,
      logger,
    });
  }

  /** What keeps the node from running pods. */
  async #problems(): Promise<readonly string[]> {
    const network = await this.#network.check();
    return [this.#runtime.problem(), network].filter((problem) => problem !== undefined);
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { nodeName, rootDirectory } = this.#options;
    const { client, clock, random, logger } = this.#dependencies;
    await mkdir(rootDirectory, { recursive: true, mode: 0o750 });
    await this.#reporter.prepare();
    this.#tasks.run((stop) => this.#runtime.run(stop));
    this.#tasks.run((stop) => this.#reporter.run(stop));
    const lease = { client, clock, random, logger, node: () => this.#reporter.node };
    const { nodeLeaseDurationSeconds: durationSeconds } = this.#settings;
    this.#tasks.run((stop) => keepNodeLease({ nodeName, durationSeconds }, lease, stop));
    using _ = this.#nodes.onChange(() => this.#nodeChanged());
    await abortable(this.#runtime.connected, signal);
    const sources = this.#createSources();
    this.#sources = sources;
    await abortable(sources.synced, signal);
    this.#areSourcesKnown = true;
    this.#started.resolve();
    logger.info("Looking after the pods of this node", { node: nodeName, pods: this.pods().length });
    await onceAborted(signal);
  }

  #createSources(): PodSources {
    const { nodeName, manifestDirectory } = this.#options;
    const { client, informers, clock, logger } = this.#dependencies;
    const pods = informers.informer("Pod", { fieldSelector: `spec.nodeName=${nodeName}` });
    return new PodSources(
      { nodeName, manifestDirectory, lookMs: this.#settings.fileCheckFrequencyMs },
      { client, pods, node: () => this.#reporter.node, clock, logger },
      {
        updated: (pod) => this.#workers.update(pod),
        removed: (podUid) => this.#workers.remove(podUid),
        mirrorChanged: (podUid) => this.#poke(podUid),
      },
    );
  }

  #poke(podUid: string): void {
    this.#workers.poke(podUid);
  }

  #healthChanged(): void {
    this.#reporter.poke();
    this.#workers.pokeAll();
  }

  #nodeChanged(): void {
    this.#sources?.nodeChanged();
    const podCIDRs = this.#reporter.node?.spec.podCIDRs ?? [];
    if (podCIDRs.length === 0 || Bun.deepEquals(podCIDRs, this.#podCIDRs)) return;
    this.#podCIDRs = podCIDRs;
    this.#tasks.run(async () => {
      try {
        await this.#dependencies.onPodCIDRs?.(podCIDRs);
      } catch (error) {
        this.#dependencies.logger.error("Could not use the range of pod addresses", { podCIDRs, error });
      }
      await this.#network.check();
    });
  }

  /** What belongs to pods that no source has is only known once all have been read. */
  #relisted(entities: readonly RuntimeEntity[]): void {
    if (!this.#areSourcesKnown) return;
    this.#workers.adoptOrphans(entities);
    this.#tasks.run(async () => {
      const isKnown = (podUid: string): boolean => this.#workers.has(podUid);
      await removeOrphanDirectories(isKnown, this.#owned.services);
      await this.#collectAddresses();
    });
  }

  async #collectAddresses(): Promise<void> {
    const { podNetwork, logger } = this.#dependencies;
    try {
      await podNetwork.collect(this.#workers.uids);
    } catch (error) {
      logger.debug("Could not free addresses", { error });
    }
  }

  #fail(error: unknown): void {
    this.#dependencies.logger.error("Kubelet failed", { error });
    this.#started.reject(error);
  }
}

/** The defaults of clients for no limit are `rest.DefaultQPS` and `rest.DefaultBurst`. */
function eventLimit({ eventRecordQPS, eventBurst }: KubeletSettings, clock: Clock): TokenBucket {
  return new TokenBucket({ ratePerSecond: eventRecordQPS || 5, burst: eventBurst || 10 }, clock);
}
