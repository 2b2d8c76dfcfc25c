import type { LogRecord } from "../revision-log.ts";
import { loadState } from "./load-state.ts";
import { LogDatabase } from "./log-database.ts";
import { openDatabase, recover } from "./open-database.ts";
import { buffersOf, fromColumns, toColumns } from "./record-columns.ts";
import type { OperationName, Operations } from "./worker-protocol.ts";

interface Answer<Response> {
  readonly response: Response;
  /** Buffers of the response that are moved to the other thread. */
  readonly moved?: readonly ArrayBuffer[];
}

type Handlers = {
  readonly [Name in OperationName]: (
    request: Operations[Name]["request"],
  ) => Answer<Operations[Name]["response"]>;
};

/** What the worker thread does, without the thread. The first operation is `open`. */
export class LogService {
  #log: LogDatabase | undefined;
  #parts: Iterator<readonly LogRecord[]> | undefined;

  readonly handlers: Handlers = {
    open: ({ path }) => {
      const database = openDatabase(path);
      const recovered = recover(database);
      this.#log = new LogDatabase(database);
      this.#parts = loadState(database);
      return { response: { ...recovered, databaseBytes: this.#log.size() } };
    },
    load: () => {
      const part = this.#parts?.next();
      const isLast = part?.done !== false;
      const records = toColumns(part?.value ?? []);
      // This thread will not need so much memory again.
      if (isLast) Bun.gc(true);
      return { response: { records, isLast }, moved: buffersOf(records) };
    },
    append: ({ records, reservedRevision }) => {
      const start = performance.now();
      this.#opened.append(fromColumns(records), reservedRevision);
      return { response: { durationMs: performance.now() - start } };
    },
    read: (range) => {
      const { records, previous, throughRevision } = this.#opened.read(range);
      const response = { records: toColumns(records), previous: toColumns(previous), throughRevision };
      return { response, moved: [response.records, response.previous].flatMap(buffersOf) };
    },
    rewrite: ({ records }) => {
      this.#opened.rewrite(fromColumns(records));
      return { response: {} };
    },
    truncate: () => {
      this.#opened.truncate();
      return { response: {} };
    },
    compact: ({ revision }) => {
      this.#opened.compact(revision);
      return { response: {} };
    },
    sweep: () => ({ response: { isDone: this.#opened.sweep() } }),
    close: () => {
      this.#log?.close();
      this.#log = undefined;
      return { response: {} };
    },
  };

  /** To be called when an answer has been sent: what it does would have delayed that. Tells when the size changed. */
  tidy(): { readonly databaseBytes: number } | undefined {
    return this.#log?.checkpoint() === true ? { databaseBytes: this.#log.size() } : undefined;
  }

  get #opened(): LogDatabase {
    if (this.#log === undefined) throw new TypeError("Cannot use a log that is not open");
    return this.#log;
  }
}
