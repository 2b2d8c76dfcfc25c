import type { LogRecord } from "../revision-log.ts";
import { loadState } from "./load-state.ts";
import { LogDatabase } from "./log-database.ts";
import { openDatabase, recover } from "./open-database.ts";
import { packRecords, transferablesOf, unpackRecords } from "./packed-records.ts";
import type { DatabaseSize, OperationName, Operations } from "./worker-protocol.ts";

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
      const response = recover(database);
      this.#log = new LogDatabase(database);
      this.#parts = loadState(database);
      return { response };
    },
    load: () => {
      const part = this.#parts?.next();
      const records = packRecords(part?.value ?? []);
      return { response: { records, isLast: part?.done !== false }, moved: transferablesOf(records) };
    },
    append: ({ records, reservedRevision }) => {
      const start = performance.now();
      this.#opened.append(unpackRecords(records), reservedRevision);
      return { response: { durationMs: performance.now() - start } };
    },
    read: (range) => {
      const { records, previous, throughRevision } = this.#opened.read(range);
      const response = { records: packRecords(records), previous: packRecords(previous), throughRevision };
      return { response, moved: [response.records, response.previous].flatMap(transferablesOf) };
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

  /** To be called when an answer has been sent: what it does would only have delayed that. */
  tidy(): DatabaseSize | undefined {
    return this.#log?.checkpoint();
  }

  get #opened(): LogDatabase {
    if (this.#log === undefined) throw new TypeError("Cannot use a log that is not open");
    return this.#log;
  }
}
