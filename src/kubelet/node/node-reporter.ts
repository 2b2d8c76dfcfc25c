import type { Node, NodeStatus, ObjectReference } from "#api/generated/core-v1.ts";
import { isConditionTrue } from "#apimachinery/conditions.ts";
import { isAlreadyExists, isNotFound } from "#apimachinery/status-error.ts";
import { Backoff } from "#base/backoff.ts";
import type { Clock } from "#base/clock.ts";
import { onAbort } from "#base/disposable.ts";
import type { Client } from "#client/client.ts";
import type { ContainerRuntime } from "#container/runtime.ts";
import type { Logger } from "#observability/logger.ts";
import type { EventRecorder } from "#reconcile/event-recorder.ts";
import type { Informer } from "#reconcile/informer.ts";
import type { KubeletSettings } from "../kubelet-settings.ts";
import { initialNode, type NodeRegistration, staleLabels } from "./initial-node.ts";
import type { MachineIdentity, MachineResources } from "./machine-facts.ts";
import { NodeImages } from "./node-images.ts";
import type { NodeReservation } from "./node-reservation.ts";
import { hasNodeStatusChanged, type NodeFacts, nodeStatus } from "./node-status.ts";
import { nodeStatusPatch } from "./node-status-patch.ts";

export interface NodeReporterOptions extends NodeRegistration {
  readonly nodeIPs: () => readonly string[];
  readonly nodeExternalIPs: readonly string[];
  readonly kubeletVersion: string;
  readonly kubeletPort: number;
  readonly reservation: NodeReservation;
  readonly settings: KubeletSettings;
}

export interface NodeReporterDependencies {
  readonly client: Pick<Client, "create" | "get" | "patch">;
  readonly nodes: Pick<Informer<Node>, "synced" | "get">;
  readonly runtime: Pick<ContainerRuntime, "listImages">;
  readonly identity: MachineIdentity;
  readonly readResources: () => Promise<MachineResources>;
  /** `docker://20.10.24`. */
  readonly runtimeVersion: () => string;
  /** Why the node cannot run pods. */
  readonly problems: () => Promise<readonly string[]>;
  readonly events: EventRecorder;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A node that is not ready looks more often, so that it is ready as soon as it can be. */
const EAGER_MS = 200;
const EAGER_FOR_MS = 60_000;
/** So long a node that was ready may take to be so again after a start, before it says otherwise and its Services lose its pods. */
const SETTLE_MS = 10_000;
/** When the status cannot be told, trying slows down from the one pace to the other. */
const RETRY = { initialMs: EAGER_MS, maxMs: 10_000, factor: 2, jitter: 0 };

/** Registers the node and keeps its status true (`kubelet_node_status.go`). */
export class NodeReporter {
  readonly #options: NodeReporterOptions;
  readonly #dependencies: NodeReporterDependencies;
  readonly #startedAt: number;
  readonly #images: NodeImages;
  #reportedAt = 0;
  #isRegistered = false;
  /** Whether the node was deleted, and that is known. */
  #isGone = false;
  #wasUnschedulable = false;
  #status: NodeStatus = {};
  #wake = (): void => undefined;

  constructor(options: NodeReporterOptions, dependencies: NodeReporterDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
    this.#startedAt = dependencies.clock.now();
    this.#images = new NodeImages(dependencies);
  }

  /** The node as the API has it; undefined before it is registered. */
  get node(): Node | undefined {
    return this.#dependencies.nodes.get("", this.#options.nodeName);
  }

  /** What the node can give to pods, known before it is registered. */
  get status(): NodeStatus {
    return this.#status;
  }

  /** The node as the API has it, or as it will register itself, with what it can give to pods now. */
  get presentNode(): Node {
    const node = this.node;
    if (node !== undefined) return { ...node, status: { ...node.status, ...this.#status } };
    const { metadata, ...rest } = initialNode(this.#options, this.#status);
    return { ...rest, metadata: { ...metadata, name: this.#options.nodeName, uid: "" } };
  }

  /** How events refer to the node: its name stands for its uid. */
  get reference(): ObjectReference {
    const { nodeName } = this.#options;
    return { kind: "Node", apiVersion: "v1", name: nodeName, uid: nodeName };
  }

  /** Something that the status tells may have changed. */
  poke(): void {
    this.#wake();
  }

  /** Looks for the first time, so that it is known what the node can give to pods. */
  async prepare(): Promise<void> {
    this.#status = nodeStatus({}, await this.#facts()).status;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { nodes, events, logger, clock } = this.#dependencies;
    events.record(this.reference, { type: "Normal", reason: "Starting", message: "Starting kubelet." });
    await Promise.race([nodes.synced, clock.sleep(RETRY.maxMs, signal)]);
    const retry = new Backoff(RETRY, { clock, random: () => 0 });
    while (!signal.aborted) {
      let pause: number;
      try {
        const isReady = await this.#report(signal);
        const isEager = !isReady && clock.now() - this.#startedAt < EAGER_FOR_MS;
        pause = isEager ? EAGER_MS : this.#options.settings.nodeStatusUpdateFrequencyMs;
        retry.reset();
      } catch (error) {
        if (signal.aborted) return;
        logger.warn("Could not report node status", { node: this.#options.nodeName, error });
        pause = retry.next();
      }
      await this.#pause(pause, signal);
    }
  }

  /** Whether the node is ready, and everybody knows. */
  async #report(signal: AbortSignal): Promise<boolean> {
    const { clock, events, client } = this.#dependencies;
    const facts = await this.#facts();
    const node = await this.#register(facts, signal);
    if (node === undefined) return true;
    if (this.#isSettling(node, facts)) return false;
    const { status, events: news } = nodeStatus(node.status ?? {}, facts);
    this.#status = status;
    const isDue = clock.now() - this.#reportedAt >= this.#options.settings.nodeStatusReportFrequencyMs;
    if (isDue || hasNodeStatusChanged(node.status ?? {}, status)) {
      const document = { status: nodeStatusPatch(node.status ?? {}, status) };
      const patch = { type: "strategic", document, subresource: "status" } as const;
      await client.patch("Node", { name: node.metadata.name }, patch, { signal });
      this.#reportedAt = clock.now();
      for (const event of news) events.record(this.reference, event);
    }
    this.#tellSchedulable(node);
    return facts.problems.length === 0;
  }

  /** Runtime and network are connected anew at each start, while the containers have gone on. */
  #isSettling({ status }: Node, { problems, now }: NodeFacts): boolean {
    const isNew = now - this.#startedAt < SETTLE_MS;
    return problems.length > 0 && isNew && isConditionTrue(status?.conditions, "Ready");
  }

  /**
   * The node in the API, made if it is not there at the start. One that somebody deletes later stays away until the next
   * start, as with `registrationCompleted` of upstream, and the result is undefined.
   */
  async #register(facts: NodeFacts, signal: AbortSignal): Promise<Node | undefined> {
    if (this.#isRegistered) return this.node ?? (await this.#find(signal));
    const { status, events: news } = nodeStatus({}, facts);
    this.#status = status;
    const node = await this.#createOrAdopt(status, signal);
    for (const event of news) this.#dependencies.events.record(this.reference, event);
    this.#isRegistered = true;
    return node;
  }

  async #find(signal: AbortSignal): Promise<Node | undefined> {
    const { client, logger } = this.#dependencies;
    const { nodeName: name } = this.#options;
    try {
      const node = await client.get("Node", { name }, { signal });
      this.#isGone = false;
      return node;
    } catch (error) {
      if (!isNotFound(error)) throw error;
      if (!this.#isGone)
        logger.warn("Somebody has deleted the node; a restart registers it again", { node: name });
      this.#isGone = true;
      return undefined;
    }
  }

  async #createOrAdopt(status: NodeStatus, signal: AbortSignal): Promise<Node> {
    const { client, logger } = this.#dependencies;
    try {
      const created = await client.create("Node", initialNode(this.#options, status), { signal });
      logger.info("Registered node", { node: this.#options.nodeName });
      return created;
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
      return await this.#adopt(signal);
    }
  }

  /** That somebody has cordoned the node, or lifted that (`recordNodeSchedulableEvent`). */
  #tellSchedulable({ spec }: Node): void {
    const isUnschedulable = spec.unschedulable === true;
    if (isUnschedulable === this.#wasUnschedulable) return;
    this.#wasUnschedulable = isUnschedulable;
    const reason = isUnschedulable ? "NodeNotSchedulable" : "NodeSchedulable";
    const message = `Node ${this.#options.nodeName} status is now: ${reason}`;
    this.#dependencies.events.record(this.reference, { type: "Normal", reason, message });
  }

  /** A node that was registered before gets the labels that it must have. */
  async #adopt(signal: AbortSignal): Promise<Node> {
    const { client } = this.#dependencies;
    const name = { name: this.#options.nodeName };
    const node = await client.get("Node", name, { signal });
    const labels = staleLabels(this.#options, node);
    if (Object.keys(labels).length === 0) return node;
    return await client.patch(
      "Node",
      name,
      { type: "merge", document: { metadata: { labels } } },
      { signal },
    );
  }

  async #facts(): Promise<NodeFacts> {
    const { identity, readResources, runtimeVersion, problems, clock } = this.#dependencies;
    const { nodeName, hostname, nodeIPs, nodeExternalIPs, kubeletVersion, kubeletPort } = this.#options;
    const { settings, reservation } = this.#options;
    const [machine, images, found] = await Promise.all([readResources(), this.#images.list(), problems()]);
    return {
      nodeName,
      hostname,
      nodeIPs: nodeIPs(),
      nodeExternalIPs,
      kubeletVersion,
      kubeletPort,
      maxPods: mostPods(settings, machine),
      maxImages: settings.nodeStatusMaxImages,
      reservation,
      identity,
      machine,
      runtimeVersion: runtimeVersion(),
      images,
      problems: found,
      now: clock.now(),
    };
  }

  async #pause(ms: number, signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    using _abort = onAbort(signal, resolve);
    using _timer = this.#dependencies.clock.after(ms, resolve);
    await promise;
  }
}

function mostPods({ maxPods, podsPerCore }: KubeletSettings, { cpus }: MachineResources): number {
  return podsPerCore === 0 ? maxPods : Math.min(maxPods, cpus * podsPerCore);
}
