import type { ResolvConf } from "./dns/resolv-conf.ts";

/** Gives pods their network. Implementations: bridge and veth (`bridge/`), CNI plugins (`cni/`), and a fake. */
export interface PodNetwork extends AsyncDisposable {
  /** Rejects until the node has a pod CIDR and the network is set up; the message becomes the NetworkReady condition. */
  ready(): Promise<void>;
  /**
   * Connects the pod's network namespace and returns the pod's addresses. Repeating it for a pod that is
   * already connected returns the same addresses.
   */
  attach(pod: PodAttachment): Promise<PodAddresses>;
  /** Frees the addresses and links. Succeeds for a pod that is not connected. */
  detach(podUid: string): Promise<void>;
  /** Frees what belongs to pods not in `podUids`: what a crash between detach and forget leaves behind. */
  collect(podUids: ReadonlySet<string>): Promise<void>;
}

export interface PodAttachment {
  readonly podUid: string;
  readonly podNamespace: string;
  readonly podName: string;
  /** Changes when the pod gets another network namespace. */
  readonly sandboxId: string;
  /** Path of the network namespace, such as `/proc/1234/ns/net`. */
  readonly networkNamespace: string;
  readonly hostPorts: readonly HostPort[];
  /** What the pod may receive and send; without it as much as there is. */
  readonly bandwidth?: PodBandwidth;
  /** What plugins of other people may want to know. */
  readonly facts?: PodFacts;
}

/** What the container runtimes of Kubernetes tell network plugins of a pod. */
export interface PodFacts {
  readonly annotations: Readonly<Record<string, string>>;
  /** What the pod's `/etc/resolv.conf` says. */
  readonly dns: ResolvConf;
  /** The path of the pod's control group. */
  readonly cgroupPath: string;
}

/** Bits per second, from the pod's point of view. */
export interface PodBandwidth {
  readonly ingress?: number;
  readonly egress?: number;
}

export interface HostPort {
  readonly hostIP: string;
  readonly hostPort: number;
  readonly containerPort: number;
  readonly protocol: "TCP" | "UDP" | "SCTP";
}

export interface PodAddresses {
  /** The primary address first. */
  readonly ips: readonly string[];
}
