import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Features } from "#api/features.ts";
import type { Event, Pod, PodStatus } from "#api/generated/core-v1.ts";
import type { NewObject } from "#apimachinery/meta.ts";
import { type CIDR, parseCIDR } from "#base/cidr.ts";
import type { FakeProgram } from "#container/fake/fake-process.ts";
import { FakeContainerRuntime } from "#container/fake/fake-runtime.ts";
import type { ContainerConfig } from "#container/runtime.ts";
import { nodeIpamController } from "#controllers/nodeipam.ts";
import { serviceAccountController } from "#controllers/serviceaccount.ts";
import { createKubelet, type Kubelet, type KubeletOptions } from "#kubelet/kubelet.ts";
import type { MachineIdentity, MachineResources } from "#kubelet/node/machine-facts.ts";
import { FakePodNetwork } from "#network/fake-pod-network.ts";
import { type Logger, silentLogger } from "#observability/logger.ts";
import { ReflectedInformers } from "#reconcile/shared-informers.ts";
import { aCluster, type TestCluster } from "#testing/cluster.ts";
import { seededRandom } from "#testing/seeded-random.ts";
import { RecordingMounter } from "./recording-mounter.ts";

export const NODE = "node-1";
export const NODE_IP = "192.168.1.20";
const POD_CIDR = "10.244.0.0/24";

export const MACHINE: MachineIdentity = {
  architecture: "amd64",
  machineID: "7f0c",
  systemUUID: "a1b2",
  bootID: "boot-1",
  kernelVersion: "6.12.0",
  osImage: "Debian GNU/Linux 12 (bookworm)",
};

const GI = 2 ** 30;

export const RESOURCES: MachineResources = {
  cpus: 4,
  memoryBytes: 8 * GI,
  memoryAvailableBytes: 4 * GI,
  swapBytes: 0,
  diskBytes: 100 * GI,
  diskAvailableBytes: 60 * GI,
  inodes: 1_000_000,
  inodesFree: 900_000,
  maxPids: 32_768,
  pids: 200,
  hugePages: {},
};

/** Nodes may not choose their part of it. */
const POD_RANGE = { cluster: parseCIDR("10.244.0.0/16") as CIDR, nodePrefixLength: 24 };

export interface TestNodeOptions {
  readonly programs?: Readonly<Record<string, FakeProgram | "missing">>;
  readonly kubelet?: Partial<KubeletOptions>;
  readonly logger?: Logger;
  /** See `ClusterOptions`. */
  readonly features?: Features;
}

/**
 * When so many rounds of file operations have passed through the threads that perform them and nothing happened in
 * between, nothing is under way on disk either.
 */
const QUIET_ROUNDS = 10;
const FILE_THREADS = 4;
const STEP_MS = 250;
const PATIENCE_MS = 120_000;

/** A cluster of one node with a real kubelet and a container runtime and a network that are not real. */
export class TestNode implements AsyncDisposable {
  readonly cluster: TestCluster;
  readonly directory: string;
  readonly runtime: FakeContainerRuntime;
  readonly network = new FakePodNetwork();
  readonly mounter = new RecordingMounter();
  readonly #options: TestNodeOptions;
  machine = MACHINE;
  resources = RESOURCES;
  #informers: ReflectedInformers | undefined;
  #kubelet: Kubelet | undefined;

  constructor(cluster: TestCluster, directory: string, options: TestNodeOptions) {
    this.cluster = cluster;
    this.directory = directory;
    this.#options = options;
    this.runtime = new FakeContainerRuntime({ clock: cluster.clock, programs: options.programs ?? {} });
  }

  get kubelet(): Kubelet {
    if (this.#kubelet === undefined) throw new Error("No kubelet runs");
    return this.#kubelet;
  }

  get manifests(): string {
    return join(this.directory, "pod-manifests");
  }

  /** Of a pod's files. */
  podDirectory(uid: string): string {
    return join(this.directory, "kubelet/pods", uid);
  }

  async startKubelet(): Promise<void> {
    const { cluster, runtime } = this;
    const { clock } = cluster;
    const client = cluster.as({
      name: `system:node:${NODE}`,
      groups: ["system:nodes", "system:authenticated"],
    });
    const logger = this.#options.logger ?? silentLogger;
    const random = seededRandom(2);
    this.#informers = new ReflectedInformers({ client, clock, random, logger });
    this.#kubelet = createKubelet(
      {
        nodeName: NODE,
        nodeIPs: () => [NODE_IP],
        version: "v1.36.0",
        port: 10_250,
        rootDirectory: join(this.directory, "kubelet"),
        manifestDirectory: this.manifests,
        clusterDNS: ["10.96.0.10"],
        clusterDomain: "cluster.local",
        ...this.#options.kubelet,
      },
      {
        client,
        informers: this.#informers,
        runtime,
        podNetwork: this.network,
        onPodCIDRs: (podCIDRs) => this.network.setPodCIDRs(podCIDRs),
        mounter: this.mounter,
        machine: this.machine,
        readResources: () => Promise.resolve(this.resources),
        clock,
        random,
        logger,
      },
    );
    await this.eventually(async () => {
      const { spec, status } = await cluster.client.get("Node", { name: NODE });
      if (spec.podCIDR === undefined) await this.#giveRange();
      const ready = status?.conditions?.find(({ type }) => type === "Ready");
      if (ready?.status !== "True") throw new Error("The node is not ready");
    });
    await this.kubelet.started;
  }

  /** As the controller of nodes does: a node may not choose its range itself. */
  async #giveRange(): Promise<void> {
    const document = { spec: { podCIDR: POD_CIDR, podCIDRs: [POD_CIDR] } };
    await this.cluster.client.patch("Node", { name: NODE }, { type: "merge", document });
  }

  async stopKubelet(): Promise<void> {
    await this.#kubelet?.[Symbol.asyncDispose]();
    await this.#informers?.[Symbol.asyncDispose]();
    this.#kubelet = undefined;
  }

  /** Creates a pod that is bound to the node. */
  createPod(
    name: string,
    spec: Partial<Pod["spec"]> = {},
    metadata: Partial<Pod["metadata"]> = {},
  ): Promise<Pod> {
    const pod: NewObject<Pod> = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { namespace: "default", ...metadata, name },
      spec: {
        nodeName: NODE,
        automountServiceAccountToken: false,
        containers: [{ name: "app", image: "app:1" }],
        ...spec,
      },
    };
    return this.cluster.client.create("Pod", pod);
  }

  pod(name: string): Promise<Pod> {
    return this.cluster.client.get("Pod", { namespace: "default", name });
  }

  /** The events about an object, oldest first, as `reason: message`. */
  async eventsOf(name: string): Promise<readonly string[]> {
    const { items } = await this.cluster.client.list("Event", { namespace: "default" });
    return items
      .filter(({ involvedObject }) => involvedObject.name === name)
      .toSorted((a, b) => compareNames(a, b))
      .map(({ reason = "", message = "" }) => `${reason}: ${message}`);
  }

  /** Lets time pass until `check` does not throw, and gives what it returns. */
  async eventually<T>(check: () => T | Promise<T>, withinMs = PATIENCE_MS): Promise<T> {
    for (let left = withinMs; left > 0; left -= STEP_MS) {
      await this.settle();
      try {
        return await check();
      } catch {
        await this.cluster.clock.advance(STEP_MS);
      }
    }
    return check();
  }

  /** The status of a pod, once it is as `check` wants it. */
  statusOf(name: string, check: (status: PodStatus) => void): Promise<PodStatus> {
    return this.eventually(async () => {
      const { status = {} } = await this.pod(name);
      check(status);
      return status;
    });
  }

  /** What a container of a running pod was made of. */
  async configOf(pod: string, container = "app"): Promise<ContainerConfig> {
    const { containerStatuses = [], initContainerStatuses = [] } = await this.statusOf(pod, ({ phase }) => {
      if (phase !== "Running") throw new Error(`The pod is ${String(phase)}`);
    });
    const status = [...containerStatuses, ...initContainerStatuses].find(({ name }) => name === container);
    return this.runtime.configOf(status?.containerID?.replace("fake://", "") ?? "");
  }

  /** Lets time pass, and everything happen that waited for it. */
  async advance(ms: number, stepMs = STEP_MS): Promise<void> {
    await this.settle();
    for (let left = ms; left > 0; left -= stepMs) {
      await this.cluster.clock.advance(Math.min(left, stepMs));
      await this.settle();
    }
  }

  /** Lets everything happen that needs no time to pass, files included. */
  async settle(): Promise<void> {
    for (let quiet = 0, seen = -1; quiet < QUIET_ROUNDS; quiet += 1) {
      await Promise.all(Array.from({ length: FILE_THREADS }, () => stat(this.directory)));
      await this.cluster.settle();
      if (seen !== this.runtime.calls.length) quiet = 0;
      seen = this.runtime.calls.length;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stopKubelet();
    await this.cluster[Symbol.asyncDispose]();
    await rm(this.directory, { recursive: true, force: true });
  }
}

/** A node with a kubelet that is ready; the caller disposes it. */
export async function aNode(options: TestNodeOptions = {}): Promise<TestNode> {
  const { features } = options;
  const cluster = await aCluster({
    controllers: [nodeIpamController([POD_RANGE]), serviceAccountController],
    ...(features && { features }),
  });
  const directory = await mkdtemp(join(tmpdir(), "kubelet-"));
  const node = new TestNode(cluster, directory, options);
  node.runtime.images.add("app:1", { id: "sha256:app" });
  await cluster.eventually(() =>
    cluster.client.get("ServiceAccount", { namespace: "default", name: "default" }),
  );
  await node.startKubelet();
  return node;
}

function compareNames(a: Event, b: Event): number {
  const keyOf = ({ firstTimestamp = "", metadata: { resourceVersion = "" } }: Event): string =>
    `${firstTimestamp ?? ""} ${resourceVersion.padStart(10, "0")}`;
  return keyOf(a) < keyOf(b) ? -1 : 1;
}
