import { formatTime } from "#apimachinery/time.ts";
import type { ContainerStats, ContainerStatus, SandboxStatus } from "#container/runtime.ts";
import type { NodeUsage } from "./node-usage.ts";

/** What a node and its pods use, in the form of `/stats/summary` (kubernetes `kubelet/pkg/apis/stats/v1alpha1/types.go`). */
export interface Summary {
  readonly node: NodeStats;
  readonly pods: readonly PodStats[];
}

interface Usage {
  readonly cpu: { readonly time: string; readonly usageCoreNanoSeconds: number };
  readonly memory: {
    readonly time: string;
    readonly availableBytes?: number;
    readonly usageBytes: number;
    readonly workingSetBytes: number;
  };
}

interface NodeStats extends Usage {
  readonly nodeName: string;
  readonly startTime: string;
}

export interface PodStats extends Usage {
  readonly podRef: { readonly name: string; readonly namespace: string; readonly uid: string };
  readonly startTime: string;
  readonly containers: readonly SummarizedContainer[];
}

export interface SummarizedContainer extends Usage {
  readonly name: string;
  readonly startTime: string;
}

/** Everything that was measured at one time. */
export interface Measurements {
  readonly nodeName: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly node: NodeUsage;
  readonly pods: readonly {
    readonly sandbox: SandboxStatus;
    readonly containers: readonly { readonly status: ContainerStatus; readonly stats: ContainerStats }[];
  }[];
}

const NOTHING: ContainerStats = { cpuUsageNanoseconds: 0, memoryUsageBytes: 0, memoryWorkingSetBytes: 0 };

export function summarize({ nodeName, at, node, pods }: Measurements): Summary {
  const time = formatTime(at);
  const nodeUsage = usageOf(node, time);
  const available = Math.max(0, node.memoryCapacityBytes - node.memoryWorkingSetBytes);
  return {
    node: {
      nodeName,
      startTime: formatTime(node.startedAt),
      cpu: nodeUsage.cpu,
      memory: { ...nodeUsage.memory, availableBytes: available },
    },
    pods: pods.map(({ sandbox, containers }) => ({
      podRef: { name: sandbox.pod.name, namespace: sandbox.pod.namespace, uid: sandbox.pod.uid },
      startTime: formatTime(sandbox.createdAt),
      containers: containers.map(({ status, stats }) => ({
        name: status.name,
        startTime: formatTime(status.startedAt),
        ...usageOf(stats, time),
      })),
      ...usageOf(containers.map(({ stats }) => stats).reduce(sum, NOTHING), time),
    })),
  };
}

function usageOf(stats: ContainerStats, time: string): Usage {
  return {
    cpu: { time, usageCoreNanoSeconds: stats.cpuUsageNanoseconds },
    memory: { time, usageBytes: stats.memoryUsageBytes, workingSetBytes: stats.memoryWorkingSetBytes },
  };
}

function sum(a: ContainerStats, b: ContainerStats): ContainerStats {
  return {
    cpuUsageNanoseconds: a.cpuUsageNanoseconds + b.cpuUsageNanoseconds,
    memoryUsageBytes: a.memoryUsageBytes + b.memoryUsageBytes,
    memoryWorkingSetBytes: a.memoryWorkingSetBytes + b.memoryWorkingSetBytes,
  };
}
