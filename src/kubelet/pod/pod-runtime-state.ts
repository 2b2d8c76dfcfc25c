import type { ContainerStatus, SandboxStatus } from "#container/runtime.ts";

/** What the container runtime has of one pod, the newest first. */
export interface PodRuntimeState {
  readonly sandboxes: readonly SandboxStatus[];
  readonly containers: readonly ContainerStatus[];
}

export function latestContainer(runtime: PodRuntimeState, name: string): ContainerStatus | undefined {
  return runtime.containers.find((status) => status.name === name);
}

export function runningContainers({ containers }: PodRuntimeState): readonly ContainerStatus[] {
  return containers.filter(({ state }) => state === "running");
}

/** Containers of the newest sandbox, if that runs: those of an earlier one say nothing about the pod's initialization. */
export function activeContainers({ sandboxes, containers }: PodRuntimeState): readonly ContainerStatus[] {
  const [sandbox] = sandboxes;
  if (sandbox?.state !== "ready") return [];
  return containers.filter(({ sandboxId }) => sandboxId === sandbox.id);
}
