import type { QueuedPod } from "./queued-pod.ts";

export interface BackoffOptions {
  readonly initialMs: number;
  readonly maxMs: number;
}

/** Pods whose backoff ends within the same second end it together, the more important first (KEP-5142). */
export const WINDOW_MS = 1000;

/** When the pod may be tried again, in milliseconds since the epoch; doubled with every attempt that came to nothing. */
export function backoffEnd(
  { failures, rejections, timestamp }: QueuedPod,
  { initialMs, maxMs }: BackoffOptions,
): number {
  // Failures protect the API server, rejections the scheduler from pods that cost it time in vain.
  const count = failures > 0 ? failures : rejections;
  if (count === 0) return 0;
  return windowOf(timestamp + Math.min(initialMs * 2 ** (count - 1), maxMs));
}

export function isBackingOff(pod: QueuedPod, options: BackoffOptions, now: number): boolean {
  return backoffEnd(pod, options) >= windowOf(now);
}

function windowOf(time: number): number {
  return Math.floor(time / WINDOW_MS) * WINDOW_MS;
}
