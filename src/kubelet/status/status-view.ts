import type { Pod, PodStatus } from "#api/generated/core-v1.ts";
import type { WaitingReason } from "../plan/pod-action.ts";
import type { ProbeResults } from "../plan/pod-view.ts";
import type { PodRuntimeState } from "../pod/pod-runtime-state.ts";

/** Everything that the status of a pod is made from. */
export interface StatusView {
  readonly pod: Pod;
  /** The status that was made last; that of the API when none has been. */
  readonly previous: PodStatus;
  readonly runtime: PodRuntimeState;
  /** The scheme of container ids: `docker`. */
  readonly runtimeName: string;
  readonly probes: ProbeResults;
  /** Why containers that should run do not; by name. */
  readonly waiting: ReadonlyMap<string, WaitingReason>;
  /** All containers have stopped and none will start again. */
  readonly isTerminal: boolean;
  /** Why the pod as a whole has failed. */
  readonly failure: WaitingReason | undefined;
  /** The primary one first; empty while they are not known. */
  readonly podIPs: readonly string[];
  readonly hostIPs: readonly string[];
  /** Milliseconds since the epoch. */
  readonly now: number;
}
