import { readFile, stat } from "node:fs/promises";
import { StartupError } from "#base/startup-error.ts";
import { memoryOf } from "#kubelet/node/machine-facts.ts";
import type { KubeletArgs } from "./kubelet-args.ts";

/** What the kubelet wants of the kernel (`pkg/kubelet/cm` setupKernelTunables). */
const TUNABLES: Readonly<Record<string, string>> = {
  "vm/overcommit_memory": "1",
  "vm/panic_on_oom": "0",
  "kernel/panic": "10",
  "kernel/panic_on_oops": "1",
  "kernel/keys/root_maxkeys": "1000000",
  "kernel/keys/root_maxbytes": "25000000",
};

/** What the arguments say of the host, and of each other. Rejects with a StartupError when it is not so. */
export async function checkHost(args: KubeletArgs): Promise<void> {
  const problem =
    parallelPullProblem(args) ??
    (args.failSwapOn === true ? await swapProblem() : undefined) ??
    (args.failCgroupV1 === true ? await cgroupProblem() : undefined) ??
    (args.protectKernelDefaults === true ? await kernelProblem() : undefined);
  if (problem !== undefined) throw new StartupError(`Cannot run with these --kubelet-arg: ${problem}`);
}

function parallelPullProblem({
  serializeImagePulls,
  maxParallelImagePulls = 1,
}: KubeletArgs): string | undefined {
  return serializeImagePulls === true && maxParallelImagePulls > 1
    ? "maxParallelImagePulls cannot be larger than 1 unless SerializeImagePulls (--serialize-image-pulls) is set to false"
    : undefined;
}

async function swapProblem(): Promise<string | undefined> {
  const swap = memoryOf(await readFile("/proc/meminfo", "utf8"), "SwapTotal");
  return swap > 0
    ? "running with swap on is not supported, please disable swap or set --fail-swap-on flag to false"
    : undefined;
}

async function cgroupProblem(): Promise<string | undefined> {
  const isUnified = await stat("/sys/fs/cgroup/cgroup.controllers").then(
    () => true,
    () => false,
  );
  return isUnified ? undefined : "kubelet is configured to not run on a host using cgroup v1";
}

async function kernelProblem(): Promise<string | undefined> {
  const found = await Promise.all(
    Object.entries(TUNABLES).map(async ([name, expected]) => {
      const actual = await readFile(`/proc/sys/${name}`, "utf8").catch(() => "");
      return { name, expected, actual: actual.trim() };
    }),
  );
  const problems = found
    .filter(({ expected, actual }) => actual !== "" && actual !== expected)
    .map(
      ({ name, expected, actual }) =>
        `invalid kernel flag: ${name}, expected value: ${expected}, actual value: ${actual}`,
    );
  return problems.length === 0 ? undefined : `[${problems.join(", ")}]`;
}
