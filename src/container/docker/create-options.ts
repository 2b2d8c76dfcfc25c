import type { ContainerCreateOptions, HostConfig, MountPropagation, MountSettings } from "dockerode";
import type { ContainerConfig, ContainerSecurity, LinuxResources, Mount, SandboxConfig } from "../runtime.ts";
import { containerLabels, dockerName, sandboxLabels } from "./labels.ts";
import { PAUSE_IMAGE, PAUSE_STOP_SIGNAL } from "./pause-image.ts";

/** How much is kept of what a container writes. */
export interface LogLimits {
  /** Of one file; below zero for files of any size. */
  readonly maxSizeBytes: number;
  readonly maxFiles: number;
}

/** The pause container is the last one the kernel should kill (kubelet `pkg/kubelet/qos/policy.go`). */
const SANDBOX_OOM_SCORE = -998;
const SANDBOX_CPU_SHARES = 2;

/** The longest host name that the kernel takes (`__NEW_UTS_LEN` less the zero). */
const MAX_HOSTNAME_LENGTH = 63;

export type CgroupDriver = "cgroupfs" | "systemd";

/** What the host and its engine allow. */
export interface Host {
  readonly cgroupDriver: CgroupDriver;
  /** See `readOomScoreFloor`. */
  readonly oomScoreFloor: number;
}

/** What Docker is asked to create for a sandbox. */
export function sandboxOptions(
  config: SandboxConfig,
  { cgroupDriver, oomScoreFloor }: Host,
): ContainerCreateOptions {
  return {
    name: dockerName(undefined, config.pod, config.attempt),
    Image: PAUSE_IMAGE,
    StopSignal: PAUSE_STOP_SIGNAL,
    Hostname: config.network === "node" ? "" : config.hostname.slice(0, MAX_HOSTNAME_LENGTH),
    Labels: sandboxLabels(config),
    HostConfig: {
      NetworkMode: config.network === "node" ? "host" : "none",
      IpcMode: config.ipc === "node" ? "host" : "shareable",
      PidMode: config.pid === "node" ? "host" : "",
      CgroupParent: dockerCgroupParent(config.cgroupParent, cgroupDriver),
      Sysctls: { ...config.sysctls },
      CpuShares: SANDBOX_CPU_SHARES,
      OomScoreAdj: Math.max(SANDBOX_OOM_SCORE, oomScoreFloor),
      LogConfig: { Type: "none", Config: {} },
      SecurityOpt: ["no-new-privileges"],
    },
  };
}

/** What a container takes over from its sandbox, and the seccomp profile of the host that it asks for. */
export interface ContainerSurroundings {
  readonly sandboxId: string;
  readonly cgroupParent: string;
  /** The sandbox's IpcMode. */
  readonly ipc: string;
  /** JSON text. */
  readonly seccompProfile: string | undefined;
  readonly oomScoreFloor: number;
  readonly logs: LogLimits;
}

/** What Docker is asked to create for a container that joins the namespaces of its sandbox. */
export function containerOptions(
  config: ContainerConfig,
  { sandboxId, cgroupParent, ipc, seccompProfile, oomScoreFloor, logs }: ContainerSurroundings,
): ContainerCreateOptions {
  return {
    name: dockerName(config.name, config.pod, config.attempt),
    Image: config.imageId ?? config.image,
    ...(config.command.length > 0 && { Entrypoint: [...config.command] }),
    ...(config.args.length > 0 && { Cmd: [...config.args] }),
    ...(config.workingDir !== undefined && { WorkingDir: config.workingDir }),
    Env: config.env.map(({ name, value }) => `${name}=${value}`),
    Labels: containerLabels(sandboxId, config),
    Tty: config.tty,
    OpenStdin: config.stdin,
    StdinOnce: config.stdinOnce,
    ...(config.stopSignal !== undefined && { StopSignal: config.stopSignal }),
    // Probes are the kubelet's; a health check of the image would only burn CPU.
    Healthcheck: { Test: ["NONE"] },
    ...userOption(config.security),
    HostConfig: {
      NetworkMode: `container:${sandboxId}`,
      IpcMode: ipc === "host" ? "host" : `container:${sandboxId}`,
      PidMode: pidMode(config, sandboxId),
      CgroupParent: cgroupParent,
      Mounts: config.mounts.map(mountOption),
      Devices: config.devices.map(({ hostPath, containerPath, permissions }) => ({
        PathOnHost: hostPath,
        PathInContainer: containerPath,
        CgroupPermissions: permissions,
      })),
      LogConfig: { Type: "json-file", Config: logOptions(logs) },
      ...resourceOptions(config.resources, oomScoreFloor),
      ...securityOptions(config.security, seccompProfile),
    },
  };
}

/** The limits, for creation and for a change while running. */
export function resourceOptions(resources: LinuxResources, oomScoreFloor: number): HostConfig {
  return {
    ...(resources.cpuShares !== undefined && { CpuShares: resources.cpuShares }),
    ...(resources.cpuPeriodUs !== undefined && { CpuPeriod: resources.cpuPeriodUs }),
    ...(resources.cpuQuotaUs !== undefined && { CpuQuota: resources.cpuQuotaUs }),
    ...(resources.memoryLimitBytes !== undefined && {
      Memory: resources.memoryLimitBytes,
      // Equal to the memory limit: no swap, as the kubelet's default `NoSwap`.
      MemorySwap: resources.memoryLimitBytes,
    }),
    ...(resources.pidsLimit !== undefined && { PidsLimit: resources.pidsLimit }),
    ...(resources.oomScoreAdj !== undefined && {
      OomScoreAdj: Math.max(resources.oomScoreAdj, oomScoreFloor),
    }),
  };
}

/** The engine counts the files of a log only where it begins new ones. */
function logOptions({ maxSizeBytes, maxFiles }: LogLimits): Readonly<Record<string, string>> {
  if (maxSizeBytes <= 0) return {};
  return { "max-size": String(maxSizeBytes), "max-file": String(maxFiles) };
}

/** systemd nests slices by name: `/kubepods/burstable/pod1-2` becomes `kubepods-burstable-pod1_2.slice`. */
export function dockerCgroupParent(path: string, driver: CgroupDriver): string {
  if (driver === "cgroupfs") return path;
  const parts = path.split("/").filter((part) => part !== "");
  return `${parts.map((part) => part.replaceAll("-", "_")).join("-")}.slice`;
}

function pidMode({ pidMode: mode, pidTarget }: ContainerConfig, sandboxId: string): string {
  if (mode === "node") return "host";
  if (mode === "pod") return `container:${sandboxId}`;
  return pidTarget === undefined ? "" : `container:${pidTarget}`;
}

const PROPAGATION: Readonly<Record<Mount["propagation"], MountPropagation>> = {
  private: "rprivate",
  hostToContainer: "rslave",
  bidirectional: "rshared",
};

function mountOption({ hostPath, containerPath, readOnly, propagation }: Mount): MountSettings {
  return {
    Type: "bind",
    Source: hostPath,
    Target: containerPath,
    ReadOnly: readOnly,
    BindOptions: { Propagation: PROPAGATION[propagation] },
  };
}

function userOption({ runAsUser, runAsUserName, runAsGroup }: ContainerSecurity): { readonly User?: string } {
  const user = runAsUser === undefined ? runAsUserName : String(runAsUser);
  if (user === undefined) return {};
  return { User: runAsGroup === undefined ? user : `${user}:${String(runAsGroup)}` };
}

function securityOptions(security: ContainerSecurity, seccompProfile: string | undefined): HostConfig {
  return {
    Privileged: security.privileged,
    ReadonlyRootfs: security.readOnlyRootFilesystem,
    CapAdd: [...security.addCapabilities],
    CapDrop: [...security.dropCapabilities],
    GroupAdd: security.supplementalGroups.map(String),
    SecurityOpt: security.privileged ? [] : [...confinement(security, seccompProfile)],
    // Empty lists lift Docker's masks, which `procMount: Unmasked` asks for.
    ...(!security.maskedPaths && { MaskedPaths: [], ReadonlyPaths: [] }),
  };
}

function confinement(
  { noNewPrivileges, seccomp, appArmor }: ContainerSecurity,
  seccompProfile: string | undefined,
): readonly string[] {
  return [
    ...(noNewPrivileges ? ["no-new-privileges"] : []),
    ...(seccomp === "unconfined" ? ["seccomp=unconfined"] : []),
    ...(seccompProfile === undefined ? [] : [`seccomp=${seccompProfile}`]),
    ...(appArmor === "unconfined" ? ["apparmor=unconfined"] : []),
    ...(typeof appArmor === "object" ? [`apparmor=${appArmor.profile}`] : []),
  ];
}
