import { readFile, writeFile } from "node:fs/promises";

/** What the kernel counts for a process. */
export interface ProcessUsage {
  readonly rssBytes: number;
  /** The most that it was since the start or since `forgetPeak`. */
  readonly peakRssBytes: number;
  readonly cpuSeconds: number;
  /** Sent to block devices; see proc_pid_io(5). */
  readonly writtenBytes: number;
}

/** USER_HZ, which is 100 on every architecture of Linux that Bun runs on. */
const TICKS_PER_SECOND = 100;

export async function usageOf(pid: number | "self"): Promise<ProcessUsage> {
  const read = (file: string): Promise<string> => readFile(`/proc/${String(pid)}/${file}`, "utf8");
  const [stat, status, io] = await Promise.all([read("stat"), read("status"), read("io")]);
  // The name of the executable, in parentheses, may contain spaces; utime and stime are fields 14 and 15.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return {
    rssBytes: Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024,
    peakRssBytes: Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024,
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND,
    writtenBytes: Number(/^write_bytes: (\d+)$/m.exec(io)?.[1]),
  };
}

/** See proc_pid_clear_refs(5). */
export async function forgetPeak(pid: number): Promise<void> {
  await writeFile(`/proc/${String(pid)}/clear_refs`, "5");
}
