import { StartupError } from "#base/startup-error.ts";

/** The line for a file that a flag names and that cannot be used. */
export function unusableFile(flag: string, file: string, why: string, cause?: unknown): StartupError {
  return new StartupError(`Cannot use the file of --${flag} "${file}": ${why}`, { cause });
}
