import type { Container } from "#api/generated/core-v1.ts";
import type { ContainerStatus } from "#container/runtime.ts";
import { isContainerChanged, restartDelayOf } from "../pod/container-annotations.ts";

/** The delays of `pkg/kubelet/kubelet.go`: ten seconds, doubled with each restart up to five minutes. */
const INITIAL_MS = 10_000;
const MAX_MS = 300_000;
/** A container that ran so long starts anew (`flowcontrol.Backoff`: twice the longest delay). */
const RESET_MS = 2 * MAX_MS;

export interface RestartDelay {
  /** When the container may start: milliseconds since the epoch. */
  readonly startAt: number;
  /** The delay that holds it back, in milliseconds. */
  readonly delayMs: number;
  /** The delay after the coming run. */
  readonly nextDelayMs: number;
}

/**
 * How long a container waits before it starts again. Each container carries the delay that follows it, so that the
 * back-off survives restarts of the kubelet. `runs` are those of one container, the newest first; without one that has
 * ended nothing is delayed and the result is undefined.
 */
export function restartDelay(
  container: Container,
  runs: readonly ContainerStatus[],
): RestartDelay | undefined {
  const [newest] = runs;
  const ended = runs.find(({ state }) => state === "exited");
  if (newest === undefined || ended === undefined) return undefined;
  const delayMs = isContainerChanged(container, newest) ? undefined : restartDelayOf(newest);
  const isReset = ended.finishedAt - newest.createdAt > RESET_MS;
  if (delayMs === undefined || isReset) return { startAt: 0, delayMs: 0, nextDelayMs: INITIAL_MS };
  return { startAt: ended.finishedAt + delayMs, delayMs, nextDelayMs: Math.min(delayMs * 2, MAX_MS) };
}
