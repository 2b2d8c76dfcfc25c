import type { Container, Pod } from "#api/generated/core-v1.ts";
import type { ContainerConfig, Mount } from "#container/runtime.ts";
import type { ContainerStart } from "../plan/pod-action.ts";
import { containerAnnotations } from "../pod/container-annotations.ts";
import { containerResources, type ResourceOptions } from "./container-resources.ts";
import { containerSecurity, type SecurityOptions } from "./container-security.ts";
import { expandVariables } from "./expand-variables.ts";
import { pidMode } from "./sandbox-config.ts";

export interface ContainerParts extends Omit<SecurityOptions, "settings">, ResourceOptions {
  readonly imageId: string;
  readonly environment: ReadonlyMap<string, string>;
  readonly mounts: readonly Mount[];
}

/** What the runtime is asked to make of a container. Throws a ConfigError. */
export function containerConfig(pod: Pod, start: ContainerStart, parts: ContainerParts): ContainerConfig {
  const { attempt, pidTarget } = start;
  // An ephemeral container has the fields of others.
  const container: Container = start.container;
  const { name, namespace = "", uid } = pod.metadata;
  const { stdin = false, stdinOnce = false, tty = false, workingDir = "", lifecycle } = container;
  const expand = (word: string): string => expandVariables(word, parts.environment);
  return {
    pod: { name, namespace, uid },
    name: container.name,
    attempt,
    image: container.image ?? "",
    imageId: parts.imageId,
    command: (container.command ?? []).map(expand),
    args: (container.args ?? []).map(expand),
    ...(workingDir !== "" && { workingDir }),
    env: Array.from(parts.environment, ([key, value]) => ({ name: key, value })),
    mounts: parts.mounts,
    devices: [],
    labels: {},
    annotations: containerAnnotations(container, pod, start),
    stdin,
    stdinOnce,
    tty,
    resources: containerResources(pod, container, parts),
    security: containerSecurity(pod, container, parts),
    pidMode: pidMode(pod),
    ...(pidTarget !== undefined && { pidTarget }),
    ...(lifecycle?.stopSignal !== undefined && { stopSignal: lifecycle.stopSignal }),
  };
}
