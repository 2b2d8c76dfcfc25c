import type { Container, EphemeralContainer, Pod } from "#api/generated/core-v1.ts";

/** The container of that name, whatever its role. */
export function findContainerSpec({ spec }: Pod, name: string): Container | EphemeralContainer | undefined {
  const { initContainers = [], containers, ephemeralContainers = [] } = spec;
  return [...initContainers, ...containers, ...ephemeralContainers].find(
    (container) => container.name === name,
  );
}
