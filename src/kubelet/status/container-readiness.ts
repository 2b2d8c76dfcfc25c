import type { ContainerStatus as ApiContainerStatus } from "#api/generated/core-v1.ts";
import { type PodContainer } from "../pod/pod-containers.ts";
import { latestContainer } from "../pod/pod-runtime-state.ts";
import type { StatusView } from "./status-view.ts";

/** Sets `started` and `ready` (`prober_manager.go` UpdatePodStatus). */
export function withProbes(
  view: StatusView,
  { kind, container }: PodContainer,
  status: ApiContainerStatus,
  old: ApiContainerStatus | undefined,
): ApiContainerStatus {
  if (kind === "ephemeral") return status;
  // What was known of this very container before the kubelet was restarted holds until a probe has run.
  const known = old?.containerID === status.containerID ? old : undefined;
  const started = isStarted(view, container, status, known);
  const ready =
    kind === "init" ? status.state?.terminated?.exitCode === 0 : started && isReady(view, container, known);
  return { ...status, started, ready };
}

function isStarted(
  { runtime, probes }: StatusView,
  { name, startupProbe }: PodContainer["container"],
  { state }: ApiContainerStatus,
  known: ApiContainerStatus | undefined,
): boolean {
  const latest = latestContainer(runtime, name);
  if (state?.running === undefined || latest === undefined) return false;
  if (startupProbe === undefined) return true;
  const result = probes.resultOf(latest.id, "startup");
  return result === undefined ? known?.started === true : result === "success";
}

function isReady(
  { runtime, probes }: StatusView,
  { name, readinessProbe }: PodContainer["container"],
  known: ApiContainerStatus | undefined,
): boolean {
  if (readinessProbe === undefined) return true;
  const latest = latestContainer(runtime, name);
  const result = latest && probes.resultOf(latest.id, "readiness");
  return result === undefined ? known?.ready === true : result === "success";
}
