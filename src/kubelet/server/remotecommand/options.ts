import { ServingError } from "../serving-error.ts";
import type { RemoteCommandOptions } from "./remote-command-streams.ts";

/** Throws a `ServingError` when the client wants no stream at all (kubernetes `remotecommand/httpstream.go`). */
export function remoteCommandOptions(query: URLSearchParams): RemoteCommandOptions {
  const isSet = (name: string): boolean => query.get(name) === "1";
  const tty = isSet("tty");
  // A terminal has one output only.
  const options = { stdin: isSet("input"), stdout: isSet("output"), stderr: isSet("error") && !tty, tty };
  if (options.stdin || options.stdout || options.stderr) return options;
  throw new ServingError(400, "you must specify at least 1 of stdin, stdout, stderr");
}
