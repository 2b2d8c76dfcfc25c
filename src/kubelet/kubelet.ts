import type { Node, Pod, PodStatus, Taint } from "#api/generated/core-v1.ts";
import type { Clock } from "#base/clock.ts";
import type { Client } from "#client/client.ts";
import type { ContainerRuntime, ContainerStatus } from "#container/runtime.ts";
import type { PodNetwork } from "#network/pod-network.ts";
import type { Logger } from "#observability/logger.ts";
import type { SharedInformers } from "#reconcile/shared-informers.ts";
import type { CgroupTree } from "./cgroups/cgroup-files.ts";
import { KubeletRun } from "./kubelet-run.ts";
import type { KubeletSettings } from "./kubelet-settings.ts";
import type { MachineIdentity, MachineResources } from "./node/machine-facts.ts";
import type { NodeReservation } from "./node/node-reservation.ts";
import type { Mounter } from "./volumes/mounter.ts";

export interface KubeletOptions {
  readonly nodeName: string;
  /** Default: the node's name. */
  readonly hostname?: string;
  /** The node's own addresses at present, the primary one first. */
  readonly nodeIPs: () => readonly string[];
  /** Addresses under which the node is reached from elsewhere. */
  readonly nodeExternalIPs?: readonly string[];
  readonly nodeLabels?: Readonly<Record<string, string>>;
  readonly nodeTaints?: readonly Taint[];
  /** What the provider of the machine calls it. */
  readonly providerID?: string;
  /** What pods do not get of the machine. Default: what upstream keeps free. */
  readonly reservation?: Partial<NodeReservation>;
  /** What an operator has tuned. */
  readonly settings?: Partial<KubeletSettings>;
  /** What `kubectl get nodes` shows: `v1.36.0+kubelith1`. */
  readonly version: string;
  /** The port of the kubelet's own server. */
  readonly port: number;
  /** Where the kubelet keeps the files of pods: `<data-dir>/agent/kubelet`. */
  readonly rootDirectory: string;
  /** Where the manifests of static pods are: `<data-dir>/agent/pod-manifests`. */
  readonly manifestDirectory: string;
  readonly clusterDNS: readonly string[];
  readonly clusterDomain: string;
  /** The host's resolver settings, which pods without cluster DNS get. Default `/etc/resolv.conf`. */
  readonly resolvConf?: string;
}

export interface KubeletDependencies {
  /** As `system:node:<nodeName>` of the group `system:nodes`. */
  readonly client: Client;
  readonly informers: SharedInformers;
  readonly runtime: ContainerRuntime;
  readonly podNetwork: PodNetwork;
  /** Hears of the node's range of pod addresses as soon as the node has one. */
  readonly onPodCIDRs?: (podCIDRs: readonly string[]) => Promise<void>;
  readonly mounter: Mounter;
  /** The control groups of pods; absent where somebody else, such as systemd, manages them. */
  readonly cgroups?: CgroupTree;
  readonly machine: MachineIdentity;
  readonly readResources: () => Promise<MachineResources>;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly logger: Logger;
}

/** A container of a pod, as far as its server needs it. */
export interface FoundContainer {
  readonly pod: Pod;
  readonly status: ContainerStatus;
}

/**
 * Runs the pods of one node. Disposing it stops looking after them and leaves them running; the next kubelet adopts
 * them.
 */
export interface Kubelet extends AsyncDisposable {
  /** The pods of this node, static ones as they are in their files. */
  pods(): readonly Pod[];
  pod(namespace: string, name: string): Pod | undefined;
  /** The status of a pod as the kubelet sees it, which may be newer than that of the API. */
  podStatus(podUid: string): PodStatus | undefined;
  /**
   * The run of a container that the pod's status tells of, or with `previous` the one before it. Undefined when the
   * runtime has none.
   */
  containerOf(
    pod: Pod,
    containerName: string,
    options?: { readonly previous?: boolean },
  ): FoundContainer | undefined;
  /** The sandbox of a pod that runs; undefined when none does. */
  sandboxOf(podUid: string): string | undefined;
  /** The node as the API has it; undefined before it is registered. */
  node(): Node | undefined;
  /** The node has other addresses: its status and those of its pods are to say so. */
  addressChanged(): void;
  /** Resolves when the pods of the node are known and looked after. */
  readonly started: Promise<void>;
}

/** Starts a kubelet. */
export function createKubelet(options: KubeletOptions, dependencies: KubeletDependencies): Kubelet {
  return new KubeletRun(options, dependencies);
}
