import type { Taint } from "#api/generated/core-v1.ts";
import type { JsonObject } from "#apimachinery/json-value.ts";
import type { KubeletSettings } from "#kubelet/kubelet-settings.ts";
import type { EvictionThresholds, Reserved } from "#kubelet/node/node-reservation.ts";
import type { KubeletAccessSettings } from "#kubelet/server/kubelet-access.ts";
import type { NodeLabel } from "../node-registration.ts";
import type { TlsPolicy } from "./tls-policy.ts";

/** What `--kubelet-arg` can change of a kubelet. */
export interface KubeletArgs extends Partial<KubeletSettings>, Partial<KubeletAccessSettings>, TlsPolicy {
  /** 0 for connections that nothing ends. */
  readonly streamingConnectionIdleTimeoutMs?: number;
  readonly nodeLabels?: readonly NodeLabel[];
  readonly nodeTaints?: readonly Taint[];
  readonly providerID?: string;
  readonly clusterDNS?: readonly string[];
  readonly clusterDomain?: string;
  readonly resolvConf?: string;
  readonly staticPodPath?: string;
  readonly systemReserved?: Reserved;
  readonly kubeReserved?: Reserved;
  readonly evictionHard?: EvictionThresholds;
  readonly mergeDefaultEvictionSettings?: boolean;
  /** Below zero for files of any size. */
  readonly containerLogMaxSizeBytes?: number;
  readonly containerLogMaxFiles?: number;
  readonly failSwapOn?: boolean;
  readonly failCgroupV1?: boolean;
  readonly protectKernelDefaults?: boolean;
}

/** One argument: what it says itself, or the files that it names. */
export interface KubeletArg {
  readonly settings?: KubeletArgs;
  readonly configuration?: JsonObject;
  readonly dropIns?: readonly JsonObject[];
}
