/** A cluster in this process whose pods are scheduled. Nodes are objects without a kubelet. */
import type { Event, Node, Pod, PodSpec } from "#api/generated/core-v1.ts";
import type { NewObject } from "#apimachinery/meta.ts";
import { AUTHENTICATED_GROUP, type UserInfo } from "#apimachinery/user.ts";
import type { Client } from "#client/client.ts";
import { silentLogger } from "#observability/logger.ts";
import { createScheduler, type SchedulerDependencies, type SchedulerOptions } from "#scheduler/scheduler.ts";
import { aCluster, type ClusterOptions, type TestCluster } from "#testing/cluster.ts";
import { aServiceAccount } from "#testing/objects.ts";
import { seededRandom } from "#testing/seeded-random.ts";

const SCHEDULER: UserInfo = { name: "system:kube-scheduler", groups: [AUTHENTICATED_GROUP] };

export interface ScheduledClusterOptions extends ClusterOptions {
  readonly scheduler?: SchedulerOptions;
  /** Stands between the scheduler and the API server. */
  readonly clientOf?: (client: SchedulerWrites) => SchedulerWrites;
}

/** What the scheduler writes with. */
export type SchedulerWrites = SchedulerDependencies["client"];

export interface NodeOptions {
  readonly labels?: Readonly<Record<string, string>>;
  readonly spec?: Node["spec"];
  readonly allocatable?: Readonly<Record<string, string>>;
}

export interface PodOptions {
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly cpu?: string;
  readonly spec?: Partial<PodSpec>;
}

export class ScheduledCluster implements AsyncDisposable {
  readonly cluster: TestCluster;
  readonly client: Client;
  readonly #clientOf: (client: SchedulerWrites) => SchedulerWrites;
  #scheduler: AsyncDisposable;

  constructor(
    cluster: TestCluster,
    { scheduler = {}, clientOf = (client) => client }: ScheduledClusterOptions,
  ) {
    this.cluster = cluster;
    this.client = cluster.client;
    this.#clientOf = clientOf;
    this.#scheduler = this.#start(scheduler);
  }

  /** A node that is ready. */
  async addNode(name: string, options: NodeOptions = {}): Promise<Node> {
    const allocatable = { cpu: "4", memory: "8Gi", pods: "110", ...options.allocatable };
    const created = await this.client.create("Node", {
      apiVersion: "v1",
      kind: "Node",
      metadata: { name, labels: { "kubernetes.io/hostname": name, ...options.labels } },
      spec: {},
      status: { capacity: allocatable, allocatable, conditions: [{ type: "Ready", status: "True" }] },
    });
    // What the node controller does once the node is ready.
    return await this.client.update("Node", { ...created, spec: { ...options.spec } });
  }

  async addPod(name: string, options: PodOptions = {}): Promise<Pod> {
    const { namespace = "default", labels = {}, cpu, spec } = options;
    const pod: NewObject<Pod> = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name, namespace, labels },
      spec: {
        containers: [
          { name: "app", image: "app:1", ...(cpu !== undefined && { resources: { requests: { cpu } } }) },
        ],
        ...spec,
      },
    };
    return await this.client.create("Pod", pod);
  }

  pod(name: string, namespace = "default"): Promise<Pod> {
    return this.client.get("Pod", { namespace, name });
  }

  /** The node of each pod by name, empty for those that have none. */
  async placements(): Promise<Readonly<Record<string, string>>> {
    const { items } = await this.client.list("Pod");
    return Object.fromEntries(items.map(({ metadata, spec }) => [metadata.name, spec.nodeName ?? ""]));
  }

  async events(name: string): Promise<readonly Event[]> {
    const { items } = await this.client.list("Event");
    return items.filter(({ involvedObject }) => involvedObject.name === name);
  }

  /** `type reason: message` of the events about a pod. */
  async eventTexts(name: string): Promise<readonly string[]> {
    return (await this.events(name)).map(
      ({ type, reason, message }) => `${type ?? ""} ${reason ?? ""}: ${message ?? ""}`,
    );
  }

  /** Changes the spec or status of a node as its owner would. */
  async changeNode(name: string, change: (node: Node) => Node): Promise<void> {
    const updated = await this.client.update("Node", change(await this.client.get("Node", { name })));
    await this.client.updateStatus("Node", change(updated));
  }

  /** The message of the condition that the pod is not on a node; empty without one. */
  async whyWaiting(name: string): Promise<string> {
    const { status } = await this.pod(name);
    const condition = status?.conditions?.find(({ type }) => type === "PodScheduled");
    return condition?.status === "False" ? (condition.message ?? "") : "";
  }

  settle(): Promise<void> {
    return this.cluster.settle();
  }

  /** Ends the scheduler as a crash would, and starts another. */
  async restartScheduler(options: SchedulerOptions = {}): Promise<void> {
    await this.#scheduler[Symbol.asyncDispose]();
    this.#scheduler = this.#start(options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#scheduler[Symbol.asyncDispose]();
    await this.cluster[Symbol.asyncDispose]();
  }

  #start(options: SchedulerOptions): AsyncDisposable {
    const { clock, informers } = this.cluster;
    const client = this.#clientOf(this.cluster.as(SCHEDULER, "kube-scheduler"));
    return createScheduler(options, {
      client,
      clock,
      informers,
      random: seededRandom(1),
      logger: silentLogger,
    });
  }
}

export async function aScheduledCluster(options: ScheduledClusterOptions = {}): Promise<ScheduledCluster> {
  const cluster = await aCluster(options);
  await cluster.client.create("ServiceAccount", aServiceAccount("default"));
  return new ScheduledCluster(cluster, options);
}
