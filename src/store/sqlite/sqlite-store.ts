import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type Clock, systemClock } from "#base/clock.ts";
import { type Logger, silentLogger } from "#observability/logger.ts";
import { LocalStore, type LocalStoreOptions } from "../local-store.ts";
import { NO_METRICS, type StoreMetrics } from "../store-metrics.ts";
import { PLAIN_VALUES, type ValueTransformer } from "../value-transformer.ts";
import { toFailure, toStoreError } from "./failure.ts";
import { SqliteLog } from "./sqlite-log.ts";

export interface SqliteStoreOptions extends LocalStoreOptions {
  /** Holds the database; made with mode 0700 when it does not exist. One store at a time may use it. */
  readonly directory: string;
  readonly clock?: Clock;
  readonly logger?: Logger;
  readonly metrics?: StoreMetrics;
  /** The form in which values are kept; as they are when it is absent. */
  readonly transformer?: ValueTransformer;
}

const DATABASE_FILE = "state.db";

/** Rejects with `inUse`, `newerFormat`, `undecipherable`, `diskFull` or `storageFailed`. */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<LocalStore> {
  const { directory, clock = systemClock, logger = silentLogger, metrics = NO_METRICS } = options;
  const { transformer = PLAIN_VALUES } = options;
  await makePrivateDirectory(directory);
  const log = new SqliteLog({ logger, metrics, transformer });
  try {
    const recovered = await log.open(join(directory, DATABASE_FILE));
    return new LocalStore(options, { recovered, log, clock, logger });
  } catch (error) {
    await log[Symbol.asyncDispose]();
    throw error;
  }
}

/** Whether a store has been made in a directory. */
export function hasSqliteStore(directory: string): boolean {
  return existsSync(join(directory, DATABASE_FILE));
}

async function makePrivateDirectory(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw toStoreError(toFailure(`make directory "${path}"`, error));
  }
}
