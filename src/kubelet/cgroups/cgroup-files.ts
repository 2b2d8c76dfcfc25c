import { mkdir, readdir, rmdir, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { CgroupLimits } from "./pod-limits.ts";

/** The period of all CPU quotas, in microseconds. */
const PERIOD_US = 100_000;
/** Controllers of the unified hierarchy that pods need. */
const CONTROLLERS = ["cpu", "memory", "pids"];

/** The kernel's control groups, in either of their forms. Paths are those of groups: `/kubepods/pod1234`. */
export interface CgroupTree {
  /** Makes the group with its parents and sets its limits. */
  apply(path: string, limits: CgroupLimits): Promise<void>;
  /** Removes the group and what is below it, if it exists. Rejects while processes are in it. */
  remove(path: string): Promise<void>;
}

/** Finds out which form the host has. */
export async function openCgroupTree(root = "/sys/fs/cgroup"): Promise<CgroupTree> {
  return (await exists(join(root, "cgroup.controllers"))) ? new UnifiedTree(root) : new HierarchyTree(root);
}

/** Control groups of version 2: one tree for all controllers. */
class UnifiedTree implements CgroupTree {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  async apply(path: string, { cpuShares, cpuQuotaUs, memoryBytes, pids }: CgroupLimits): Promise<void> {
    const directory = join(this.#root, path);
    await this.#make(directory);
    await writeFile(join(directory, "cpu.weight"), String(weightOf(cpuShares)));
    const quota = cpuQuotaUs === undefined ? "max" : String(cpuQuotaUs);
    await writeFile(join(directory, "cpu.max"), `${quota} ${String(PERIOD_US)}`);
    await writeFile(join(directory, "memory.max"), memoryBytes === undefined ? "max" : String(memoryBytes));
    await writeFile(join(directory, "pids.max"), pids === undefined ? "max" : String(pids));
  }

  remove(path: string): Promise<void> {
    return removeTree(join(this.#root, path));
  }

  /** A group has only the controllers that its parent lets it have. */
  async #make(directory: string): Promise<void> {
    if (!(await exists(dirname(directory)))) await this.#make(dirname(directory));
    const control = join(dirname(directory), "cgroup.subtree_control");
    for (const controller of CONTROLLERS) await writeFile(control, `+${controller}`);
    await mkdir(directory, { recursive: true });
  }
}

/** Control groups of version 1: a tree for each controller. */
class HierarchyTree implements CgroupTree {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  async apply(path: string, { cpuShares, cpuQuotaUs, memoryBytes, pids: most }: CgroupLimits): Promise<void> {
    const directoryOf = (controller: string): string => join(this.#root, controller, path);
    const [cpu, memory, pids] = [directoryOf("cpu"), directoryOf("memory"), directoryOf("pids")];
    await mkdir(cpu, { recursive: true });
    await mkdir(memory, { recursive: true });
    await mkdir(pids, { recursive: true });
    await writeFile(join(cpu, "cpu.shares"), String(cpuShares));
    await writeFile(join(cpu, "cpu.cfs_period_us"), String(PERIOD_US));
    await writeFile(join(cpu, "cpu.cfs_quota_us"), String(cpuQuotaUs ?? -1));
    await writeFile(join(memory, "memory.limit_in_bytes"), String(memoryBytes ?? -1));
    await writeFile(join(pids, "pids.max"), most === undefined ? "max" : String(most));
  }

  async remove(path: string): Promise<void> {
    for (const hierarchy of await readdir(this.#root)) await removeTree(join(this.#root, hierarchy, path));
  }
}

/** The kernel's conversion between the shares of version 1 and the weight of version 2. */
export function weightOf(cpuShares: number): number {
  return Math.floor(1 + ((cpuShares - 2) * 9999) / 262_142);
}

/** Groups are removed from the leaves up; their files go with them. */
async function removeTree(directory: string): Promise<void> {
  for (const name of await directoriesIn(directory)) await removeTree(join(directory, name));
  await rmdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
  });
}

async function directoriesIn(directory: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(directory, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return [];
    throw error;
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
