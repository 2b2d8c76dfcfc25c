import { isSidecar } from "#api/core/v1/pod-resources.ts";
import type { Container, EphemeralContainer, PodSpec } from "#api/generated/core-v1.ts";

/** A sidecar is an init container that keeps running beside the main ones (KEP-753). */
export type ContainerKind = "init" | "sidecar" | "main" | "ephemeral";

export interface PodContainer {
  readonly kind: ContainerKind;
  readonly container: Container | EphemeralContainer;
  /** The part of the pod that events name: `spec.containers{web}`. */
  readonly fieldPath: string;
}

/** All containers of a pod: init containers and sidecars in their order, main ones, ephemeral ones. */
export function podContainers({
  initContainers = [],
  containers,
  ephemeralContainers = [],
}: PodSpec): readonly PodContainer[] {
  return [
    ...initContainers.map((container): PodContainer => {
      const kind = isSidecar(container) ? "sidecar" : "init";
      return { kind, container, fieldPath: `spec.initContainers{${container.name}}` };
    }),
    ...containers.map((container): PodContainer => {
      return { kind: "main", container, fieldPath: `spec.containers{${container.name}}` };
    }),
    ...ephemeralContainers.map((container): PodContainer => {
      return { kind: "ephemeral", container, fieldPath: `spec.ephemeralContainers{${container.name}}` };
    }),
  ];
}

export function findContainer(spec: PodSpec, name: string): PodContainer | undefined {
  return podContainers(spec).find(({ container }) => container.name === name);
}
