import { readdir, readFile, statfs } from "node:fs/promises";
import { availableParallelism } from "node:os";

/** What the machine is; it changes with a reboot at most. */
export interface MachineIdentity {
  readonly architecture: string;
  readonly machineID: string;
  readonly systemUUID: string;
  readonly bootID: string;
  readonly kernelVersion: string;
  readonly osImage: string;
}

/** What the machine has, and how much of it is free. */
export interface MachineResources {
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly memoryAvailableBytes: number;
  readonly swapBytes: number;
  readonly diskBytes: number;
  readonly diskAvailableBytes: number;
  readonly inodes: number;
  readonly inodesFree: number;
  readonly maxPids: number;
  readonly pids: number;
  /** Bytes of huge pages by their size, as in names of resources: `2Mi`. */
  readonly hugePages: Readonly<Record<string, number>>;
}

/** Go's names of architectures. */
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: "amd64", arm64: "arm64" };

export async function readMachineIdentity(): Promise<MachineIdentity> {
  const [machineID, dbusID, systemUUID, bootID, kernelVersion, osRelease] = await Promise.all([
    readText("/etc/machine-id"),
    readText("/var/lib/dbus/machine-id"),
    readText("/sys/class/dmi/id/product_uuid"),
    readText("/proc/sys/kernel/random/boot_id"),
    readText("/proc/sys/kernel/osrelease"),
    readText("/etc/os-release"),
  ]);
  const id = machineID === "" ? dbusID : machineID;
  return {
    architecture: ARCHITECTURES[process.arch] ?? process.arch,
    machineID: id,
    systemUUID: systemUUID === "" ? id : systemUUID,
    bootID,
    kernelVersion,
    osImage: prettyName(osRelease),
  };
}

/** The disk is that of the directory. */
export async function readMachineResources(directory: string): Promise<MachineResources> {
  const [meminfo, disk, maxPids, loadavg, hugePages] = await Promise.all([
    readText("/proc/meminfo"),
    statfs(directory),
    readText("/proc/sys/kernel/pid_max"),
    readText("/proc/loadavg"),
    readHugePages(),
  ]);
  return {
    cpus: availableParallelism(),
    memoryBytes: memoryOf(meminfo, "MemTotal"),
    memoryAvailableBytes: memoryOf(meminfo, "MemAvailable"),
    swapBytes: memoryOf(meminfo, "SwapTotal"),
    diskBytes: disk.blocks * disk.bsize,
    diskAvailableBytes: disk.bavail * disk.bsize,
    inodes: disk.files,
    inodesFree: disk.ffree,
    maxPids: Number(maxPids),
    pids: processCount(loadavg),
    hugePages,
  };
}

/** `PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"` of os-release(5). */
export function prettyName(osRelease: string): string {
  const value = /^PRETTY_NAME=(.*)$/m.exec(osRelease)?.[1] ?? "Linux";
  return value.replace(/^(["'])(.*)\1$/, "$2");
}

/** Bytes of a line of proc_meminfo(5), which are in units of 1024. */
export function memoryOf(meminfo: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(meminfo)?.[1] ?? 0) * 1024;
}

/** The fourth field of proc_loadavg(5): runnable and existing processes. */
export function processCount(loadavg: string): number {
  return Number(loadavg.split(" ")[3]?.split("/")[1] ?? 0);
}

async function readHugePages(): Promise<Readonly<Record<string, number>>> {
  const directory = "/sys/kernel/mm/hugepages";
  const names = await readdir(directory).catch(() => []);
  const entries = names.map(async (name) => {
    const kilobytes = Number(/^hugepages-(\d+)kB$/.exec(name)?.[1] ?? 0);
    const count = Number(await readText(`${directory}/${name}/nr_hugepages`));
    return [hugePageSize(kilobytes), count * kilobytes * 1024] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

/** `2Mi` of 2048. */
export function hugePageSize(kilobytes: number): string {
  if (kilobytes % 1_048_576 === 0) return `${String(kilobytes / 1_048_576)}Gi`;
  return kilobytes % 1024 === 0 ? `${String(kilobytes / 1024)}Mi` : `${String(kilobytes)}Ki`;
}

/** Empty when the file does not exist: no machine has all of them. */
async function readText(path: string): Promise<string> {
  const text = await readFile(path, "utf8").catch(() => "");
  return text.trim();
}
