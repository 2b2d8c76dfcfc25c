import type { Probe } from "#api/generated/core-v1.ts";
import type { ProbeKind, ProbeResult } from "../plan/pod-view.ts";

/** What a probe has found so far. */
export interface ProbeHistory {
  readonly result: ProbeResult | undefined;
  readonly last: "success" | "failure" | undefined;
  /** How often in a row the probe has ended as it did last. */
  readonly run: number;
  /** Nothing more is to be found out about this container. */
  readonly isOver: boolean;
}

export const NO_HISTORY: ProbeHistory = { result: undefined, last: undefined, run: 0, isOver: false };

/** Counts one outcome: only so many in a row change the result (`prober/worker.go` doProbe). */
export function judgeProbe(
  kind: ProbeKind,
  { failureThreshold = 3, successThreshold = 1 }: Probe,
  { result, last, run }: ProbeHistory,
  outcome: "success" | "failure",
): ProbeHistory {
  const count = last === outcome ? run + 1 : 1;
  const threshold = outcome === "success" ? successThreshold : failureThreshold;
  if (count < threshold) return { result, last: outcome, run: count, isOver: false };
  // The container will be restarted, or has started: no need to ask it again.
  const isOver = kind === "startup" || (kind === "liveness" && outcome === "failure");
  return { result: outcome, last: outcome, run: count, isOver };
}
