import { readFile } from "node:fs/promises";

/** What the whole node uses. */
export interface NodeUsage {
  /** Milliseconds since the epoch at which the kernel started to count. */
  readonly startedAt: number;
  readonly cpuUsageNanoseconds: number;
  readonly memoryCapacityBytes: number;
  readonly memoryUsageBytes: number;
  readonly memoryWorkingSetBytes: number;
}

/** The unit of times in `/proc/stat` is 1/100 s on every architecture (`USER_HZ`). */
const TICK_NANOSECONDS = 10_000_000;

/** Columns of `/proc/stat` that are time spent at work: user, nice, system, irq, softirq, steal (man 5 proc). */
const BUSY_COLUMNS: readonly number[] = [0, 1, 2, 5, 6, 7];

export async function readNodeUsage(): Promise<NodeUsage> {
  const [stat, meminfo] = await Promise.all([
    readFile("/proc/stat", "utf8"),
    readFile("/proc/meminfo", "utf8"),
  ]);
  return parseNodeUsage(stat, meminfo);
}

/** From `/proc/stat` and `/proc/meminfo`; like cAdvisor, memory that the page cache can give back at once is not worked with. */
export function parseNodeUsage(stat: string, meminfo: string): NodeUsage {
  const columns = (/^cpu +(.*)$/m.exec(stat)?.[1] ?? "").split(" ").map(Number);
  const busyTicks = BUSY_COLUMNS.reduce((sum, column) => sum + (columns[column] ?? 0), 0);
  const bytes = (name: string): number =>
    Number(new RegExp(`^${name}: +(\\d+) kB$`, "m").exec(meminfo)?.[1] ?? 0) * 1024;
  const usage = bytes("MemTotal") - bytes("MemFree");
  return {
    startedAt: Number(/^btime (\d+)$/m.exec(stat)?.[1] ?? 0) * 1000,
    cpuUsageNanoseconds: busyTicks * TICK_NANOSECONDS,
    memoryCapacityBytes: bytes("MemTotal"),
    memoryUsageBytes: usage,
    memoryWorkingSetBytes: Math.max(0, usage - bytes("Inactive\\(file\\)")),
  };
}
