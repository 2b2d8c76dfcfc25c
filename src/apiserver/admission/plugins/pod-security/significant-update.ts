import type { Container, EphemeralContainer, PodSpec } from "#api/generated/core-v1.ts";

/** Whether something changes in a pod that runs: images, and containers that are added. */
export function isSignificantUpdate(next: PodSpec, previous: PodSpec): boolean {
  return (
    isChanged(next.containers, previous.containers) ||
    isChanged(next.initContainers, previous.initContainers) ||
    isAdded(next.ephemeralContainers, previous.ephemeralContainers)
  );
}

function isChanged(next: readonly Container[] = [], previous: readonly Container[] = []): boolean {
  return next.length !== previous.length || next.some(({ image }, index) => image !== previous[index]?.image);
}

function isAdded(
  next: readonly EphemeralContainer[] = [],
  previous: readonly EphemeralContainer[] = [],
): boolean {
  return next.some(({ name, image }) => previous.find((each) => each.name === name)?.image !== image);
}
