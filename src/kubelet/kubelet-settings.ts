/** What an operator can tune of a kubelet, by the names of `KubeletConfiguration`. */
export interface KubeletSettings {
  readonly maxPods: number;
  /** So many pods for each CPU, though not more than `maxPods`; 0 for no such limit. */
  readonly podsPerCore: number;
  /** How often the node's status is looked at, and how often it is told though nothing has changed. */
  readonly nodeStatusUpdateFrequencyMs: number;
  readonly nodeStatusReportFrequencyMs: number;
  /** How many images the node's status lists; -1 for all. */
  readonly nodeStatusMaxImages: number;
  readonly nodeLeaseDurationSeconds: number;
  /** How often the directory of static pods is read, besides whenever the kernel tells of a change. */
  readonly fileCheckFrequencyMs: number;
  readonly serializeImagePulls: boolean;
  /** How many images are pulled at once; absent for any number. */
  readonly maxParallelImagePulls?: number;
  /** Pulls a second, 0 for any number, and how many at once after a pause. */
  readonly registryPullQPS: number;
  readonly registryBurst: number;
  /** Events a second, and how many at once after a pause; 0 for the defaults of clients. */
  readonly eventRecordQPS: number;
  readonly eventBurst: number;
  /** How many processes a pod may have; -1 for as many as the node. */
  readonly podPidsLimit: number;
  readonly cpuCFSQuota: boolean;
  /** Whether containers that name no seccomp profile get that of the runtime. */
  readonly seccompDefault: boolean;
  /** Kernel settings that pods may set besides the harmless ones, or prefixes of some that end in `*`. */
  readonly allowedUnsafeSysctls: readonly string[];
}

/**
 * `pkg/kubelet/apis/config/v1beta1/defaults.go`, but for `serializeImagePulls`: images are pulled side by side, as in
 * other small distributions.
 */
export const DEFAULT_SETTINGS: KubeletSettings = {
  maxPods: 110,
  podsPerCore: 0,
  nodeStatusUpdateFrequencyMs: 10_000,
  nodeStatusReportFrequencyMs: 300_000,
  nodeStatusMaxImages: 50,
  nodeLeaseDurationSeconds: 40,
  fileCheckFrequencyMs: 20_000,
  serializeImagePulls: false,
  registryPullQPS: 5,
  registryBurst: 10,
  eventRecordQPS: 50,
  eventBurst: 100,
  podPidsLimit: -1,
  cpuCFSQuota: true,
  seccompDefault: false,
  allowedUnsafeSysctls: [],
};
