import { existsSync } from "node:fs";
import { join } from "node:path";
import { cleanUpNode } from "#agent/clean-up.ts";
import { systemClock } from "#base/clock.ts";
import { readMembership } from "#join/enroll/membership-file.ts";
import { createLogger, levelOfVerbosity } from "#observability/create-logger.ts";
import { openSqliteStore } from "#store/sqlite/sqlite-store.ts";
import type { ServerConfig } from "./config.ts";
import { toStartupFailure } from "./startup-failure.ts";

/**
 * Removes what a stopped server has left running on its host; the data directory stays. Rejects with a StartupError
 * while a server runs on that directory, which would bring everything back.
 */
export async function cleanUpServer(config: ServerConfig): Promise<void> {
  const clock = systemClock;
  const write = (line: string): void => void process.stderr.write(line);
  const level = levelOfVerbosity(config.verbosity);
  const logger = createLogger({ format: "text", level }, { clock, write });
  const directory = join(config.dataDir, "server", "db");
  try {
    // The open store keeps servers from starting meanwhile.
    await using _ = existsSync(directory) ? await openSqliteStore({ directory, clock, logger }) : undefined;
    // An agent had the networks of its cluster from a server.
    const membership = await readMembership(join(config.dataDir, "agent"));
    await cleanUpNode({ ...config, ...membership?.settings }, { clock, logger });
  } catch (error) {
    throw toStartupFailure(error, config);
  }
}
