import type { Container, Pod, Probe } from "#api/generated/core-v1.ts";
import type { ContainerStatus } from "#container/runtime.ts";
import { findContainer } from "../pod/pod-containers.ts";
import type { ContainerStop } from "./pod-action.ts";

/** The grace of a pod that states none (`minimumGracePeriodInSeconds`). */
const MINIMUM_GRACE_SECONDS = 2;

export interface StopOptions {
  readonly message?: string;
  /** The probe that failed, if that is the reason: it may ask for another grace. */
  readonly probe?: Probe | undefined;
  readonly graceSeconds?: number;
  readonly after?: readonly string[];
}

/** How a running container of a pod is stopped (`kuberuntime_container.go` killContainer). */
export function containerStop(
  pod: Pod,
  { id, name }: ContainerStatus,
  options: StopOptions = {},
): ContainerStop {
  const found = findContainer(pod.spec, name);
  const { message = `Stopping container ${name}`, probe, after = [] } = options;
  return {
    containerId: id,
    name,
    container: found?.container,
    fieldPath: found?.fieldPath ?? `implicitly required container ${name}`,
    message,
    graceSeconds: options.graceSeconds ?? graceSeconds(pod, probe),
    after,
  };
}

function graceSeconds({ metadata, spec }: Pod, probe: Probe | undefined): number {
  const { terminationGracePeriodSeconds: own } = spec;
  if (metadata.deletionGracePeriodSeconds !== undefined) return metadata.deletionGracePeriodSeconds;
  if (own === undefined) return MINIMUM_GRACE_SECONDS;
  return probe?.terminationGracePeriodSeconds ?? own;
}

/** Sidecars stop after all main containers, the last one first (`kuberuntime_termination_order.go`). */
export function stopOrder(pod: Pod, name: string): readonly string[] {
  const { initContainers = [], containers } = pod.spec;
  const sidecars = initContainers.filter(({ restartPolicy }: Container) => restartPolicy === "Always");
  const index = sidecars.findIndex((sidecar) => sidecar.name === name);
  if (index < 0) return [];
  return [...containers, ...sidecars.slice(index + 1)].map((container) => container.name);
}
