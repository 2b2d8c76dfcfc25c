import type { Duplex, Readable, Writable } from "node:stream";

/**
 * The container runtime port, shaped like the Kubernetes Container Runtime Interface (cri-api
 * `runtime/v1/api.proto`). Ids are the runtime's own. Every method rejects with a `RuntimeError`.
 * Stopping or removing what is already gone succeeds.
 */
export interface ContainerRuntime extends AsyncDisposable {
  version(signal?: AbortSignal): Promise<RuntimeVersion>;

  /** Creates and starts the pause container that holds the pod's namespaces and cgroup. */
  runSandbox(config: SandboxConfig, signal?: AbortSignal): Promise<string>;
  /** Stops the sandbox and every container in it. */
  stopSandbox(sandboxId: string, signal?: AbortSignal): Promise<void>;
  removeSandbox(sandboxId: string, signal?: AbortSignal): Promise<void>;
  /** Every sandbox, the newest first. */
  listSandboxes(
    filter?: { readonly podUid?: string },
    signal?: AbortSignal,
  ): Promise<readonly SandboxStatus[]>;

  createContainer(sandboxId: string, config: ContainerConfig, signal?: AbortSignal): Promise<string>;
  startContainer(containerId: string, signal?: AbortSignal): Promise<void>;
  /**
   * Sends the stop signal, then SIGKILL after `graceSeconds`; resolves when the container has exited. An abort ends
   * only the waiting.
   */
  stopContainer(containerId: string, graceSeconds: number, signal?: AbortSignal): Promise<void>;
  removeContainer(containerId: string, signal?: AbortSignal): Promise<void>;
  /** All containers that kubelith made, exited ones included, of one sandbox or pod when given; the newest first. */
  listContainers(filter?: ContainerFilter, signal?: AbortSignal): Promise<readonly ContainerStatus[]>;
  /** Everything that kubelith made, with as little about each as one request tells: a cheap look for changes. */
  listEntities(signal?: AbortSignal): Promise<readonly RuntimeEntity[]>;
  containerStatus(containerId: string, signal?: AbortSignal): Promise<ContainerStatus>;
  /** Changes the limits of a running container. */
  updateContainerResources(
    containerId: string,
    resources: LinuxResources,
    signal?: AbortSignal,
  ): Promise<void>;
  containerStats(containerId: string, signal?: AbortSignal): Promise<ContainerStats>;

  /** Runs a command to its end, or kills it: at the abort, or after `timeoutMs` with the error `execTimeout`. */
  execSync(
    containerId: string,
    command: readonly string[],
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<ExecResult>;
  exec(containerId: string, options: ExecOptions): Promise<ExecSession>;
  /** Joins the streams of the container's main process. */
  attach(containerId: string, options: StreamOptions): Promise<ExecSession>;
  /** A byte stream to a TCP port on loopback inside the sandbox's network namespace. */
  portForward(sandboxId: string, port: number): Promise<Duplex>;
  /** Log lines in order of time. Follows until the container is gone when `follow` is set. */
  logs(containerId: string, options: LogOptions): AsyncIterable<LogLine>;

  /** Pulls and returns the image's id. */
  pullImage(image: string, auth?: RegistryAuth, signal?: AbortSignal): Promise<string>;
  imageStatus(image: string, signal?: AbortSignal): Promise<ImageStatus | undefined>;
  listImages(signal?: AbortSignal): Promise<readonly ImageStatus[]>;
  removeImage(imageId: string, signal?: AbortSignal): Promise<void>;

  /** Something changed about a container or sandbox. Ends when the connection to the runtime is lost. */
  events(signal: AbortSignal): AsyncIterable<RuntimeEvent>;
}

export interface ContainerFilter {
  readonly sandboxId?: string;
  readonly podUid?: string;
}

/** A sandbox or a container. */
export interface RuntimeEntity {
  readonly type: "sandbox" | "container";
  readonly id: string;
  readonly pod: PodIdentity;
  /** The runtime's own word for the state; only whether it changes says something. */
  readonly state: string;
}

export interface RuntimeVersion {
  /** `docker`, `containerd`: the scheme of `node.status.nodeInfo.containerRuntimeVersion`. */
  readonly name: string;
  readonly version: string;
  readonly cgroupDriver: "cgroupfs" | "systemd";
}

export interface PodIdentity {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
}

export type NamespaceMode = "pod" | "container" | "node";

export interface SandboxConfig {
  readonly pod: PodIdentity;
  /** Raised by one for every sandbox of the same pod. */
  readonly attempt: number;
  readonly hostname: string;
  /** Parent cgroup such as `/kubepods/burstable/pod1234`. */
  readonly cgroupParent: string;
  readonly network: NamespaceMode;
  readonly pid: NamespaceMode;
  readonly ipc: NamespaceMode;
  readonly sysctls: Readonly<Record<string, string>>;
  /** Extra labels; kubelith's own bookkeeping labels are added by the adapter. */
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface SandboxStatus {
  readonly id: string;
  readonly pod: PodIdentity;
  readonly attempt: number;
  readonly state: "ready" | "notReady";
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly network: NamespaceMode;
  /** Process id of the pause process; 0 when it does not run. `/proc/<pid>/ns/net` is the pod's network. */
  readonly pid: number;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface ContainerConfig {
  readonly pod: PodIdentity;
  readonly name: string;
  /** Raised by one for every restart of the same container: the restart count. */
  readonly attempt: number;
  /** The reference that was asked for. It is present locally, or means what `imageId` says. */
  readonly image: string;
  /** The image to run where the reference may mean another one by now. */
  readonly imageId?: string;
  readonly command: readonly string[];
  readonly args: readonly string[];
  readonly workingDir?: string;
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly mounts: readonly Mount[];
  readonly devices: readonly Device[];
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly stdin: boolean;
  readonly stdinOnce: boolean;
  readonly tty: boolean;
  readonly resources: LinuxResources;
  readonly security: ContainerSecurity;
  readonly pidMode: NamespaceMode;
  /** The container whose processes this one sees, when `pidMode` is `container`. */
  readonly pidTarget?: string;
  /** Signal name such as `SIGQUIT`; the image's own when absent. */
  readonly stopSignal?: string;
}

export interface Mount {
  readonly hostPath: string;
  readonly containerPath: string;
  readonly readOnly: boolean;
  readonly propagation: "private" | "hostToContainer" | "bidirectional";
}

export interface Device {
  readonly hostPath: string;
  readonly containerPath: string;
  readonly permissions: string;
}

export interface LinuxResources {
  readonly cpuShares?: number;
  readonly cpuPeriodUs?: number;
  readonly cpuQuotaUs?: number;
  readonly memoryLimitBytes?: number;
  readonly pidsLimit?: number;
  readonly oomScoreAdj?: number;
}

export interface ContainerSecurity {
  readonly privileged: boolean;
  readonly readOnlyRootFilesystem: boolean;
  readonly noNewPrivileges: boolean;
  readonly runAsUser?: number;
  readonly runAsUserName?: string;
  readonly runAsGroup?: number;
  readonly supplementalGroups: readonly number[];
  readonly addCapabilities: readonly string[];
  readonly dropCapabilities: readonly string[];
  readonly seccomp: "runtimeDefault" | "unconfined" | { readonly localhostPath: string };
  readonly appArmor?: "runtimeDefault" | "unconfined" | { readonly profile: string };
  readonly maskedPaths: boolean;
}

export interface ContainerStatus {
  readonly id: string;
  readonly sandboxId: string;
  readonly pod: PodIdentity;
  readonly name: string;
  readonly attempt: number;
  readonly state: "created" | "running" | "exited" | "unknown";
  /** Milliseconds since the epoch; 0 while it has not happened. */
  readonly createdAt: number;
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly exitCode: number;
  /** `Completed`, `Error`, `OOMKilled`, `ContainerCannotRun`; empty while running. */
  readonly reason: string;
  readonly message: string;
  readonly pid: number;
  /** The reference that was asked for. */
  readonly image: string;
  /** The image's id, as `sha256:…`. */
  readonly imageId: string;
  /** `repository@sha256:…` where the image was pulled from a registry, else the id. */
  readonly imageRef: string;
  readonly mounts: readonly Mount[];
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface ContainerStats {
  readonly cpuUsageNanoseconds: number;
  readonly memoryUsageBytes: number;
  readonly memoryWorkingSetBytes: number;
}

export interface ExecResult {
  readonly exitCode: number;
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
}

export interface StreamOptions {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly tty: boolean;
}

export interface ExecOptions extends StreamOptions {
  readonly command: readonly string[];
}

/** Running streams. Absent ones were not asked for; with a tty everything arrives on `stdout`. */
export interface ExecSession extends AsyncDisposable {
  readonly stdin: Writable | undefined;
  readonly stdout: Readable | undefined;
  readonly stderr: Readable | undefined;
  resize(size: { readonly columns: number; readonly rows: number }): Promise<void>;
  /** The exit code, once the process has ended and its output has been read. */
  readonly exitCode: Promise<number>;
}

export interface LogOptions {
  readonly follow: boolean;
  /** Only the last so many lines. */
  readonly tailLines?: number;
  /** Milliseconds since the epoch. */
  readonly since?: number;
  readonly signal: AbortSignal;
}

export interface LogLine {
  readonly stream: "stdout" | "stderr";
  /** RFC 3339 with nanoseconds, as the runtime recorded it. */
  readonly timestamp: string;
  /** The line's bytes with its newline, when it had one. */
  readonly content: Uint8Array;
}

export interface RegistryAuth {
  readonly username?: string;
  readonly password?: string;
  readonly serverAddress?: string;
  readonly identityToken?: string;
}

export interface ImageStatus {
  readonly id: string;
  readonly tags: readonly string[];
  readonly digests: readonly string[];
  readonly sizeBytes: number;
  /** The image's `USER`: a number, a name, or empty for root. */
  readonly user: string;
  readonly environment: readonly string[];
}

export interface RuntimeEvent {
  readonly type: "sandboxChanged" | "containerChanged" | "imageChanged";
  readonly podUid: string;
  readonly id: string;
}
