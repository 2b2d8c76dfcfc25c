import type { Duplex } from "node:stream";
import type { SpdyHeaders } from "../spdy/header-block.ts";
import { SpdyConnection } from "../spdy/spdy-connection.ts";
import type { SpdyStream } from "../spdy/spdy-stream.ts";
import type { StreamSettings } from "../stream-settings.ts";
import { type Connect, forwardError, forwardPort } from "./forward-port.ts";
import { parsePort } from "./parse-port.ts";

/** The pod that connections are forwarded to. */
export interface ForwardTarget {
  readonly sandboxId: string;
  readonly connect: Connect;
}

/** One forwarded connection: a stream of data and one for what goes wrong. */
interface StreamPair {
  data?: SpdyStream;
  error?: SpdyStream;
  readonly timer: Disposable;
}

/**
 * Serves `portforward.k8s.io` over SPDY until the client closes the connection: for every connection the client opens
 * a pair of streams with the same request id (kubernetes `portforward/httpstream.go`).
 */
export class SpdyPortForward implements AsyncDisposable {
  readonly #target: ForwardTarget;
  readonly #settings: StreamSettings;
  readonly #connection: SpdyConnection;
  readonly #waiting = new Map<string, StreamPair>();

  constructor(transport: Duplex, target: ForwardTarget, settings: StreamSettings) {
    this.#target = target;
    this.#settings = settings;
    this.#connection = new SpdyConnection(
      transport,
      { admits, onStream: (stream) => this.#add(stream) },
      settings,
    );
  }

  /** Resolves when the connection has ended. Rejects with a `SpdyError` when the client does not speak SPDY. */
  async serve(): Promise<void> {
    try {
      await this.#connection.serve();
    } finally {
      for (const { timer } of this.#waiting.values()) timer[Symbol.dispose]();
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#connection[Symbol.asyncDispose]();
  }

  #add(stream: SpdyStream): void {
    const id = requestIdOf(stream);
    const pair = this.#waiting.get(id) ?? this.#begin(id);
    const type = stream.headers["streamtype"] === "error" ? "error" : "data";
    if (pair[type] !== undefined) {
      stream.destroy();
      return;
    }
    pair[type] = stream;
    const { data, error, timer } = pair;
    if (data === undefined || error === undefined) return;
    timer[Symbol.dispose]();
    this.#waiting.delete(id);
    void this.#forward(data, error);
  }

  #begin(id: string): StreamPair {
    const timer = this.#settings.clock.after(this.#settings.creationTimeoutMs, () => this.#giveUp(id));
    const pair: StreamPair = { timer };
    this.#waiting.set(id, pair);
    return pair;
  }

  #giveUp(id: string): void {
    const { data, error } = this.#waiting.get(id) ?? {};
    this.#waiting.delete(id);
    error?.end(`(request=${id}) timed out waiting for streams`);
    error?.resume();
    data?.destroy();
  }

  /** Never rejects: what goes wrong is for the client to read. */
  async #forward(data: SpdyStream, error: SpdyStream): Promise<void> {
    const port = parsePort(data.headers["port"] ?? "");
    // Clients do not write to it, but close it.
    error.resume();
    try {
      await forwardPort(port, { from: data, to: data, canHalfClose: true }, this.#target.connect);
      error.end();
    } catch (cause) {
      error.end(forwardError(port, this.#target.sandboxId, cause));
      data.destroy();
    }
  }
}

function admits({ port = "", streamtype }: SpdyHeaders): boolean {
  return !Number.isNaN(parsePort(port)) && (streamtype === "data" || streamtype === "error");
}

/** Clients before Kubernetes 1.2 send no id, but open the error stream right before its data stream. */
function requestIdOf({ id, headers }: SpdyStream): string {
  const { requestid, streamtype } = headers;
  if (requestid !== undefined && requestid !== "") return requestid;
  return String(streamtype === "error" ? id : id - 2);
}
