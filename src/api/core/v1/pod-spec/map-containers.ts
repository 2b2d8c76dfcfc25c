import { mapField, mapList } from "../../../defaulting.ts";
import type { Container, PodSpec } from "../../../generated/core-v1.ts";
import type { AnyContainer } from "./context.ts";

/** Changes the containers of a pod, those that initialise it included. */
export function mapContainers(spec: PodSpec, change: (container: Container) => Container): PodSpec {
  const next = mapField(spec, "initContainers", (containers) => mapList(containers, change));
  return mapField(next, "containers", (containers) => mapList(containers, change));
}

/** As `mapContainers`, for ephemeral ones too. */
export function mapAllContainers(
  spec: PodSpec,
  change: <C extends AnyContainer>(container: C) => C,
): PodSpec {
  return mapField(mapContainers(spec, change), "ephemeralContainers", (containers) =>
    mapList(containers, change),
  );
}
