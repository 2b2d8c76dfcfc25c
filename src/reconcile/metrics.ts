import type { Result } from "./result.ts";

/** Counts what controllers do; the process that runs them puts the numbers on /metrics. */
export interface ReconcileMetrics {
  /** One attempt at a key has ended. */
  reconciled(controller: string, result: Result["type"], durationMs: number): void;
  /** How many keys wait; told whenever one is taken. */
  queued(controller: string, length: number): void;
}

const nothing = (): void => undefined;

export const noMetrics: ReconcileMetrics = { reconciled: nothing, queued: nothing };
