import type { Pod, Service } from "#api/generated/core-v1.ts";
import type { Clock } from "#base/clock.ts";
import type { ContainerRuntime } from "#container/runtime.ts";
import type { ResolvConf } from "#network/dns/resolv-conf.ts";
import type { PodNetwork } from "#network/pod-network.ts";
import type { Logger } from "#observability/logger.ts";
import type { EventRecorder } from "#reconcile/event-recorder.ts";
import type { PodCgroups } from "../cgroups/pod-cgroups.ts";
import type { Amounts } from "../containers/resource-value.ts";
import type { ImagePuller } from "../images/image-puller.ts";
import type { KubeletSettings } from "../kubelet-settings.ts";
import type { ObjectWatcher } from "../objects/object-watcher.ts";
import type { Prober } from "../probes/prober.ts";
import type { StatusWriter } from "../status/status-writer.ts";
import type { Mounter } from "../volumes/mounter.ts";
import type { PodDirectories } from "../volumes/pod-directories.ts";
import type { PodVolumes } from "../volumes/pod-volumes.ts";

/** What the node is and knows, for those who run pods on it. */
export interface NodeEnvironment {
  readonly nodeName: string;
  readonly settings: KubeletSettings;
  readonly clusterDomain: string;
  readonly clusterDNS: readonly string[];
  /** The node's own addresses, the primary one first. */
  readonly hostIPs: readonly string[];
  readonly memoryCapacityBytes: number;
  /** What the node can give to pods. */
  allocatable(): Amounts;
  /** What the host's `/etc/resolv.conf` says now. */
  readResolvConf(): Promise<ResolvConf>;
  /** All Services; undefined before they are known. */
  services(): readonly Service[] | undefined;
  /** Why pods cannot be connected now. */
  networkError(): string | undefined;
  /** The pod as the API has it; of a static pod its mirror, once that exists. */
  apiPodOf(pod: Pod): Pod | undefined;
}

/** Everything that a pod's worker works with; shared by all of them. */
export interface PodServices {
  readonly runtime: ContainerRuntime;
  /** The scheme of container ids: `docker`. */
  readonly runtimeName: string;
  readonly podNetwork: PodNetwork;
  readonly node: NodeEnvironment;
  readonly directories: PodDirectories;
  readonly mounter: Mounter;
  readonly volumes: PodVolumes;
  readonly objects: ObjectWatcher;
  readonly images: ImagePuller;
  readonly prober: Prober;
  readonly cgroups: PodCgroups;
  readonly statuses: StatusWriter;
  readonly events: EventRecorder;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly logger: Logger;
}
