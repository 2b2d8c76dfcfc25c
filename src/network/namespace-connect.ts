import { Duplex } from "node:stream";
import { inNetworkNamespace } from "./netlink/namespace.ts";

/** Both families of loopback, as `localhost` means in a pod; IPv4 first, as most servers listen there. */
const LOOPBACK = [
  { family: "4", hostname: "127.0.0.1" },
  { family: "6", hostname: "::1" },
];

/**
 * Opens a TCP connection to a port on loopback inside a network namespace given by its path, such as
 * `/proc/1234/ns/net`. Rejects when nobody listens there, in the words of containerd (`sandbox_portforward_linux.go`), or
 * the namespace is gone.
 */
export async function connectInNamespace(namespacePath: string, port: number): Promise<Duplex> {
  const failures: string[] = [];
  for (const { family, hostname } of LOOPBACK) {
    try {
      return await connect(namespacePath, hostname, port);
    } catch (error) {
      const host = family === "6" ? `[${hostname}]` : hostname;
      failures.push(`IPv${family}: dial tcp${family} ${host}:${String(port)}: ${reasonOf(error)}`);
    }
  }
  throw new Error(
    `failed to connect to localhost:${String(port)} inside namespace ${JSON.stringify(namespacePath)}, ${failures.join(" ")}`,
  );
}

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === "ECONNREFUSED" ? "connect: connection refused" : message;
}

async function connect(namespacePath: string, hostname: string, port: number): Promise<Duplex> {
  const stream = new SocketStream();
  const handlers: Bun.SocketHandler<undefined> = {
    data: (_socket, bytes) => stream.received(bytes),
    drain: () => stream.drained(),
    end: () => stream.ended(),
    close: () => stream.gone(),
    error: (_socket, error) => void stream.destroy(error),
  };
  // The kernel binds a socket to the namespace in which it is made, which happens before this call returns.
  const { opening } = inNetworkNamespace(namespacePath, () => ({
    opening: Bun.connect({ hostname, port, allowHalfOpen: true, socket: handlers }),
  }));
  stream.attach(await opening);
  return stream;
}

/** A socket of Bun as a stream of Node: with back-pressure both ways, and either way can end alone. */
class SocketStream extends Duplex {
  #socket: Bun.Socket<undefined> | undefined;
  #hasEnded = false;
  #pending: { readonly bytes: Uint8Array; readonly done: (error?: Error | null) => void } | undefined;

  constructor() {
    super({ allowHalfOpen: true });
  }

  attach(socket: Bun.Socket<undefined>): void {
    this.#socket = socket;
  }

  received(bytes: Uint8Array): void {
    // Bun uses its buffer again after the handler has returned.
    if (!this.push(Buffer.from(bytes))) this.#socket?.pause();
  }

  /** The other side sends no more; what has arrived can still be read. */
  ended(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.push(null);
  }

  /** Both ways are over; a write that still waits for room never gets it. */
  gone(): void {
    this.ended();
    const pending = this.#pending;
    this.#pending = undefined;
    pending?.done(new Error("The connection has been closed"));
  }

  drained(): void {
    const pending = this.#pending;
    if (pending === undefined) return;
    this.#pending = undefined;
    this.#send(pending.bytes, pending.done);
  }

  override _read(): void {
    this.#socket?.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#send(chunk, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#socket?.shutdown();
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#socket?.terminate();
    done(error);
  }

  #send(bytes: Uint8Array, done: (error?: Error | null) => void): void {
    const sent = this.#socket?.write(bytes) ?? -1;
    if (sent < 0) done(new Error("The connection has been closed"));
    else if (sent < bytes.length) this.#pending = { bytes: bytes.subarray(sent), done };
    else done();
  }
}
