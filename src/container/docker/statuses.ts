import type { ContainerInspectInfo, ContainerStats as DockerStats } from "dockerode";
import type { ContainerStats, ContainerStatus, Mount, NamespaceMode, SandboxStatus } from "../runtime.ts";
import { identityOf } from "./labels.ts";

/** Go's zero time, which the engine prints for what has not happened. */
const ZERO_TIME = "0001-01-01";

/** Exit codes of a process that the engine could not start (`docker run`'s convention). */
const CANNOT_START = new Set([126, 127, 128]);

export function sandboxStatusOf(info: ContainerInspectInfo): SandboxStatus {
  const { pod, attempt, network, annotations } = identityOf(info.Config.Labels);
  return {
    id: info.Id,
    pod,
    attempt,
    state: info.State.Running ? "ready" : "notReady",
    createdAt: timeOf(info.Created),
    network: network as NamespaceMode,
    pid: info.State.Pid,
    annotations,
  };
}

export function containerStatusOf(info: ContainerInspectInfo, digests: readonly string[]): ContainerStatus {
  const identity = identityOf(info.Config.Labels);
  const state = stateOf(info);
  return {
    id: info.Id,
    sandboxId: identity.sandboxId,
    pod: identity.pod,
    name: identity.name,
    attempt: identity.attempt,
    state,
    createdAt: timeOf(info.Created),
    startedAt: timeOf(info.State.StartedAt),
    // A container that could not start never finished; the time of its creation is the nearest truth.
    finishedAt: state === "exited" ? timeOf(info.State.FinishedAt) || timeOf(info.Created) : 0,
    exitCode: info.State.ExitCode,
    reason: state === "exited" ? exitReason(info) : "",
    message: info.State.Error,
    pid: info.State.Pid,
    image: identity.image,
    imageId: info.Image,
    imageRef: digests[0] ?? info.Image,
    mounts: info.Mounts.map(mountOf),
    labels: identity.labels,
    annotations: identity.annotations,
  };
}

export function containerStatsOf({ cpu_stats, memory_stats }: DockerStats): ContainerStats {
  const { usage, stats } = memory_stats;
  // cgroup v1 and v2 have different names for pages that can be dropped at no cost.
  const inactive = stats?.total_inactive_file ?? stats?.inactive_file ?? 0;
  return {
    cpuUsageNanoseconds: cpu_stats.cpu_usage.total_usage,
    memoryUsageBytes: usage,
    memoryWorkingSetBytes: Math.max(0, usage - inactive),
  };
}

function stateOf({ State: state }: ContainerInspectInfo): ContainerStatus["state"] {
  if (state.Running) return "running";
  if (state.Status === "created") return state.Error === "" ? "created" : "exited";
  return state.Status === "exited" || state.Status === "dead" ? "exited" : "unknown";
}

function exitReason({ State: state }: ContainerInspectInfo): string {
  if (state.OOMKilled) return "OOMKilled";
  if (state.ExitCode === 0) return "Completed";
  return state.Error !== "" && CANNOT_START.has(state.ExitCode) ? "ContainerCannotRun" : "Error";
}

function mountOf(mount: ContainerInspectInfo["Mounts"][number]): Mount {
  return {
    hostPath: mount.Source,
    containerPath: mount.Destination,
    readOnly: !mount.RW,
    propagation: PROPAGATION[mount.Propagation] ?? "private",
  };
}

const PROPAGATION: Readonly<Record<string, Mount["propagation"]>> = {
  rslave: "hostToContainer",
  rshared: "bidirectional",
};

function timeOf(text: string): number {
  return text.startsWith(ZERO_TIME) ? 0 : Date.parse(text);
}
