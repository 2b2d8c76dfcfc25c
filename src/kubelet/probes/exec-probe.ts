import type { ContainerRuntime } from "#container/runtime.ts";
import { RuntimeError } from "#container/runtime-error.ts";
import { MAX_OUTPUT_BYTES, type ProbeOutcome } from "./probe-outcome.ts";

export interface ExecTarget {
  readonly containerId: string;
  readonly command: readonly string[];
}

export interface ExecMeans {
  readonly runtime: Pick<ContainerRuntime, "execSync">;
  /** Nobody wants to know any more. */
  readonly signal: AbortSignal;
}

/** Whether a command in the container succeeds (`pkg/probe/exec`). Rejects when it could not be run. */
export async function probeExec(
  { containerId, command }: ExecTarget,
  timeoutMs: number,
  { runtime, signal }: ExecMeans,
): Promise<ProbeOutcome> {
  try {
    const { exitCode, stdout, stderr } = await runtime.execSync(containerId, command, timeoutMs, signal);
    const output = Buffer.concat([stdout, stderr]).subarray(0, MAX_OUTPUT_BYTES).toString();
    return { result: exitCode === 0 ? "success" : "failure", output };
  } catch (error) {
    if (error instanceof RuntimeError && error.detail.code === "execTimeout") {
      return { result: "failure", output: error.message };
    }
    throw error;
  }
}
