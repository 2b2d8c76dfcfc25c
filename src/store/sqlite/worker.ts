/**
 * The thread that owns the database, so that a slow disk never holds up the event loop of the others. This file is
 * an entry point of its own for `bun build --compile` (see `worker-url.ts`).
 */
import { toFailure } from "./failure.ts";
import { LogService } from "./log-service.ts";
import type { OperationName, Operations, WorkerMessage, WorkerRequest } from "./worker-protocol.ts";

declare const self: Worker;

/** What each operation does, for the message of its failure. */
const ACTIONS: Readonly<Record<OperationName, string>> = {
  open: "open the database",
  load: "read the state from the database",
  append: "write to the database",
  read: "read history from the database",
  rewrite: "write to the database",
  truncate: "write back the log of the database",
  compact: "compact the database",
  sweep: "remove compacted history from the database",
  close: "close the database",
};

const service = new LogService();

self.onmessage = ({ data }: MessageEvent<WorkerRequest>): void => {
  answer(data.id, data.name, data.request);
  tidy();
};

function answer<Name extends OperationName>(
  id: number,
  name: Name,
  request: Operations[Name]["request"],
): void {
  try {
    const { response, moved = [] } = service.handlers[name](request);
    send({ type: "done", id, response }, moved);
  } catch (error) {
    send({ type: "failed", id, failure: toFailure(ACTIONS[name], error) });
  }
}

function tidy(): void {
  try {
    const resized = service.tidy();
    if (resized !== undefined) send({ type: "resized", ...resized });
  } catch (error) {
    // The write-ahead log stays as it is; the next operation tries again and reports what concerns it.
    send({ type: "untidy", failure: toFailure("write back the log of the database", error) });
  }
}

function send(message: WorkerMessage, moved: readonly ArrayBuffer[] = []): void {
  postMessage(message, [...moved]);
}
