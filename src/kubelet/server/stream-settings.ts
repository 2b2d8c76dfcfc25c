import type { Clock } from "#base/clock.ts";

/** What connections that outlast their request have in common. */
export interface StreamSettings {
  /** A connection over which nothing has come or gone for so long is closed. */
  readonly idleTimeoutMs: number;
  /** How long a client may take to open its streams. */
  readonly creationTimeoutMs: number;
  readonly clock: Clock;
}

/** Kubelet configuration `streamingConnectionIdleTimeout`. */
export const DEFAULT_IDLE_TIMEOUT_MS = 4 * 60 * 60 * 1000;

/** Kubernetes `cri-streaming/pkg/streaming/remotecommand/constants.go`. */
export const DEFAULT_CREATION_TIMEOUT_MS = 30_000;
