import { workerUrl } from "#base/worker-url.ts";
import type { StoreError } from "../store-error.ts";
import { type Failure, toStoreError } from "./failure.ts";
import type { OperationName, Operations, WorkerMessage, WorkerRequest } from "./worker-protocol.ts";

export interface WorkerObserver {
  resized(databaseBytes: number): void;
  /** The write-ahead log could not be written back: it goes on growing until that works. */
  untidy(error: StoreError): void;
}

/** Asks the worker thread and waits for its answers. Every failure is a `StoreError`. */
export class WorkerClient {
  readonly #worker: Worker;
  readonly #observer: WorkerObserver;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  #lastId = 0;
  /** Why the thread answers no more. */
  #ended: StoreError | undefined;

  constructor(observer: WorkerObserver, url = workerUrl("store/sqlite/worker.ts", Bun.main)) {
    this.#observer = observer;
    this.#worker = new Worker(url.href, { name: "store" });
    this.#worker.onmessage = ({ data }: MessageEvent<WorkerMessage>) => this.#receive(data);
    this.#worker.onerror = ({ message }) =>
      this.#end({ detail: { code: "storageFailed" }, message: `Cannot use the database: ${message}` });
  }

  /** `moved` are buffers of the request that this thread gives away. */
  async call<Name extends OperationName>(
    name: Name,
    request: Operations[Name]["request"],
    moved: readonly ArrayBuffer[] = [],
  ): Promise<Operations[Name]["response"]> {
    if (this.#ended !== undefined) throw this.#ended;
    this.#lastId += 1;
    const waiting = Promise.withResolvers<unknown>();
    this.#waiting.set(this.#lastId, waiting);
    // That name and request are of one operation is known here and lost in the union.
    this.#worker.postMessage({ id: this.#lastId, name, request } as WorkerRequest, [...moved]);
    return (await waiting.promise) as Operations[Name]["response"];
  }

  /** Ends the thread. */
  terminate(): void {
    this.#end({ detail: { code: "closed" }, message: "Cannot use the store: it is closed" });
    this.#worker.terminate();
  }

  #receive(message: WorkerMessage): void {
    switch (message.type) {
      case "done":
        this.#take(message.id)?.resolve(message.response);
        return;
      case "failed":
        this.#take(message.id)?.reject(toStoreError(message.failure));
        return;
      case "resized":
        this.#observer.resized(message.databaseBytes);
        return;
      case "untidy":
        this.#observer.untidy(toStoreError(message.failure));
    }
  }

  #take(id: number): PromiseWithResolvers<unknown> | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    return waiting;
  }

  #end(failure: Failure): void {
    this.#ended ??= toStoreError(failure);
    for (const waiting of this.#waiting.values()) waiting.reject(this.#ended);
    this.#waiting.clear();
  }
}
