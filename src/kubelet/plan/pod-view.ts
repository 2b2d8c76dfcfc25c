import type { Pod, PodStatus } from "#api/generated/core-v1.ts";
import type { PodRuntimeState } from "../pod/pod-runtime-state.ts";

export type ProbeKind = "startup" | "readiness" | "liveness";
export type ProbeResult = "success" | "failure" | "unknown";

/** What the probes of containers found last; undefined for a probe that does not exist or has not run. */
export interface ProbeResults {
  resultOf(containerId: string, kind: ProbeKind): ProbeResult | undefined;
}

/** Why something could not be done, in the words of the status, and when to try again. */
export interface ActionFailure {
  readonly reason: string;
  readonly message: string;
  /** Milliseconds since the epoch. */
  readonly retryAt: number;
}

/** The key of failures that are about no container. */
export const SANDBOX_FAILURE = "";

/** Why a pod must stop although its spec says otherwise, and how long its containers may take. */
export interface Termination {
  readonly graceSeconds: number;
  /** Set when the pod fails by this, as by `activeDeadlineSeconds`. */
  readonly failure?: { readonly reason: string; readonly message: string };
}

/** Everything that decides what happens to a pod next. */
export interface PodView {
  readonly pod: Pod;
  /** The status that was made last, by this kubelet or the one before it. */
  readonly status: PodStatus;
  readonly runtime: PodRuntimeState;
  readonly probes: ProbeResults;
  /** By container name. */
  readonly failures: ReadonlyMap<string, ActionFailure>;
  readonly volumes: "absent" | "mounting" | "mounted";
  /** Whether the pod's addresses are known. */
  readonly hasAddresses: boolean;
  /** Why pods cannot be connected now. */
  readonly networkError: string | undefined;
  readonly termination: Termination | undefined;
  /** Whether all that the node held for a terminated pod has been given back. */
  readonly isCleanedUp: boolean;
  /** Milliseconds since the epoch. */
  readonly now: number;
}
