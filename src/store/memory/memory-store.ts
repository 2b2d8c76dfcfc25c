import { type Clock, systemClock } from "#base/clock.ts";
import { type Logger, silentLogger } from "#observability/logger.ts";
import { LocalStore, type LocalStoreOptions } from "../local-store.ts";
import type { Store } from "../store.ts";
import { MemoryLog } from "./memory-log.ts";

export interface MemoryStoreOptions extends LocalStoreOptions {
  readonly clock?: Clock;
  readonly logger?: Logger;
}

/** A store without a disk, for tests: what it holds ends with it. */
export function createMemoryStore(options: MemoryStoreOptions = {}): Store {
  const { clock = systemClock, logger = silentLogger } = options;
  const recovered = { entries: [], revision: 0, compactedRevision: 0, lost: [] };
  return new LocalStore(options, { recovered, log: new MemoryLog(), clock, logger });
}
