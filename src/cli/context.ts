import type { BaseContext } from "clipanion";
import type { Machine } from "./setting.ts";

/** What a command may use of the process; tests pass their own. */
export interface CliContext extends BaseContext {
  readonly machine: Machine;
  /** Aborted by SIGTERM and SIGINT. */
  readonly signal: AbortSignal;
}
