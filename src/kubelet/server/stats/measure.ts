import type { Clock } from "#base/clock.ts";
import type { ContainerRuntime, ContainerStats, ContainerStatus } from "#container/runtime.ts";
import { RuntimeError } from "#container/runtime-error.ts";
import type { NodeUsage } from "./node-usage.ts";
import type { Measurements } from "./summary.ts";

export interface MeasureDependencies {
  readonly nodeName: string;
  readonly runtime: Pick<ContainerRuntime, "listSandboxes" | "listContainers" | "containerStats">;
  readonly nodeUsage: () => Promise<NodeUsage>;
  readonly clock: Pick<Clock, "now">;
}

/** Measures the node and the running containers of all its pods. */
export async function measure({
  nodeName,
  runtime,
  nodeUsage,
  clock,
}: MeasureDependencies): Promise<Measurements> {
  const [sandboxes, containers, node] = await Promise.all([
    runtime.listSandboxes(),
    runtime.listContainers(),
    nodeUsage(),
  ]);
  const running = containers.filter(({ state }) => state === "running");
  const measured = await Promise.all(running.map((status) => measureContainer(status, runtime)));
  const present = measured.filter((container) => container !== undefined);
  const pods = sandboxes
    .filter(({ state }) => state === "ready")
    .map((sandbox) => ({
      sandbox,
      containers: present.filter(({ status }) => status.sandboxId === sandbox.id),
    }));
  return { nodeName, at: clock.now(), node, pods };
}

interface MeasuredContainer {
  readonly status: ContainerStatus;
  readonly stats: ContainerStats;
}

/** Undefined for a container that cannot be measured, because it has ended meanwhile. */
async function measureContainer(
  status: ContainerStatus,
  runtime: Pick<ContainerRuntime, "containerStats">,
): Promise<MeasuredContainer | undefined> {
  try {
    return { status, stats: await runtime.containerStats(status.id) };
  } catch (error) {
    if (error instanceof RuntimeError) return undefined;
    throw error;
  }
}
