import { StartupError } from "#base/startup-error.ts";
import type { CliContext } from "./context.ts";

/**
 * Runs the body of a command and returns its exit code. What the operator must change is one line on stderr;
 * anything else is a bug and keeps its stack.
 */
export async function reportFailure({ stderr }: CliContext, run: () => Promise<void>): Promise<number> {
  try {
    await run();
    return 0;
  } catch (error) {
    stderr.write(`kubelith: ${describe(error)}\n`);
    return 1;
  }
}

function describe(error: unknown): string {
  if (error instanceof StartupError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
