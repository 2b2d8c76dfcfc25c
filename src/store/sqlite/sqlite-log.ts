import type { Logger } from "#observability/logger.ts";
import { toEntry, toEvents } from "../log-events.ts";
import type { LogAppend, LogPage, LogRange, RecoveredState, RevisionLog } from "../revision-log.ts";
import type { Entry } from "../store.ts";
import { StoreError } from "../store-error.ts";
import type { StoreMetrics } from "../store-metrics.ts";
import type { ValueTransformer } from "../value-transformer.ts";
import { buffersOf, copyToColumns, fromColumns } from "./record-columns.ts";
import { RecordTransformer } from "./record-transformer.ts";
import { WorkerClient } from "./worker-client.ts";

export interface SqliteLogDependencies {
  readonly logger: Logger;
  readonly metrics: StoreMetrics;
  readonly transformer: ValueTransformer;
}

/** The log in a SQLite file, behind a thread that owns the file. */
export class SqliteLog implements RevisionLog {
  readonly #worker: WorkerClient;
  readonly #metrics: StoreMetrics;
  readonly #values: RecordTransformer;
  #closing = false;
  #isUntidy = false;

  constructor(dependencies: SqliteLogDependencies) {
    const { logger, metrics, transformer } = dependencies;
    this.#metrics = metrics;
    this.#values = new RecordTransformer(transformer);
    this.#worker = new WorkerClient({
      resized: (databaseBytes) => {
        this.#isUntidy = false;
        metrics.resized(databaseBytes);
      },
      untidy: (error) => {
        // It is tried again with every commit; once is enough to say.
        if (!this.#isUntidy) logger.warn("Failed to write back the log of the database", { error });
        this.#isUntidy = true;
      },
    });
  }

  /** Opens the file, making it if need be, and reads the whole current state. */
  async open(path: string): Promise<RecoveredState> {
    const { databaseBytes, ...opened } = await this.#worker.call("open", { path });
    this.#metrics.resized(databaseBytes);
    const entries: Entry[] = [];
    let next = this.#worker.call("load", {});
    for (let isLast = false; !isLast; ) {
      const part = await next;
      isLast = part.isLast;
      // The thread reads the next part while this one unpacks.
      if (!isLast) next = this.#worker.call("load", {});
      for (const record of this.#values.fromStorage(fromColumns(part.records))) {
        if (record.value !== undefined) entries.push(toEntry({ ...record, value: record.value }));
      }
    }
    return { ...opened, entries: entries.sort((a, b) => (a.key < b.key ? -1 : 1)) };
  }

  async append({ records, reservedRevision }: LogAppend): Promise<void> {
    const columns = copyToColumns(this.#values.toStorage(records));
    const valueBytes = columns.values.reduce((total, value) => total + (value?.length ?? 0), 0);
    try {
      const request = { records: columns, reservedRevision };
      const { durationMs } = await this.#worker.call("append", request, buffersOf(columns));
      this.#metrics.committed({ durationMs, records: records.length, valueBytes });
    } catch (error) {
      if (error instanceof StoreError) this.#metrics.commitFailed(error.detail.code);
      throw error;
    }
  }

  async read(range: LogRange): Promise<LogPage> {
    const { records, previous, throughRevision } = await this.#worker.call("read", range);
    const [changed, replaced] = [records, previous].map((columns) =>
      this.#values.fromStorage(fromColumns(columns)),
    );
    return { events: toEvents(changed ?? [], replaced ?? []), throughRevision };
  }

  async rewriteStale(revision: number): Promise<void> {
    for (const prefix of this.#values.prefixes) await this.#rewriteStale(prefix, revision);
    await this.#worker.call("truncate", {});
  }

  async #rewriteStale(prefix: string, throughRevision: number): Promise<void> {
    for (let afterRevision = 0; afterRevision < throughRevision; ) {
      if (this.#closing)
        throw new StoreError({ code: "closed" }, "Cannot write values anew: the store is closed");
      const page = await this.#worker.call("read", { prefix, afterRevision, throughRevision });
      afterRevision = page.throughRevision;
      const records = copyToColumns(this.#values.renew(fromColumns(page.records)));
      if (records.keys.length > 0) await this.#worker.call("rewrite", { records }, buffersOf(records));
    }
  }

  async compact(revision: number): Promise<void> {
    await this.#worker.call("compact", { revision });
    for (let isDone = false; !isDone && !this.#closing; ) {
      ({ isDone } = await this.#worker.call("sweep", {}));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing = true;
    try {
      await this.#worker.call("close", {});
    } finally {
      this.#worker.terminate();
    }
  }
}
