import { readFile } from "node:fs/promises";
import { StartupError } from "#base/startup-error.ts";
import { type JoinToken, parseJoinToken } from "#join/join-token.ts";
import type { AgentProcessConfig } from "./config.ts";

/** The token of the settings, or of the file that they name; undefined without both. Rejects with a StartupError. */
export async function readAgentToken({
  token,
  tokenFile,
}: Pick<AgentProcessConfig, "token" | "tokenFile">): Promise<JoinToken | undefined> {
  if (token !== "") return parseJoinToken(token);
  if (tokenFile === "") return undefined;
  try {
    return parseJoinToken((await readFile(tokenFile, "utf8")).trim());
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause;
    const why = cause instanceof RangeError ? `it ${cause.message}` : cause.message;
    throw new StartupError(`Cannot use the token in "${tokenFile}": ${why}`, { cause });
  }
}
