import { join } from "node:path";
import { StartupError } from "#base/startup-error.ts";
import { readIfPresent } from "#pki/durable-files.ts";
import { newSecret, ServerTokens } from "../issue/server-tokens.ts";

/**
 * Replaces the token of the server whose directory it is, `<data-dir>/server`; the server need not run. Resolves with the
 * new one, rejects with a StartupError where there is no server.
 */
export async function rotateServerToken(directory: string, token = newSecret()): Promise<string> {
  const authority = await readIfPresent(join(directory, "tls", "server-ca.crt"));
  if (authority === undefined) {
    throw new StartupError(`There is no server in "${directory}": name its data directory with --data-dir`);
  }
  const tokens = await ServerTokens.open({ directory, authority, token });
  return await tokens.ofServer();
}
