import { Agent, type ClientRequest } from "node:http";
import type { Duplex } from "node:stream";
import type { Clock } from "#base/clock.ts";
import type { ConnectionSource } from "./send-request.ts";

/** Whoever is behind the same key is asked over the same connections. */
export interface Backend {
  readonly key: string;
  /** A new connection, ready for HTTP/1.1. */
  connect(signal: AbortSignal): Promise<Duplex>;
}

/** Connections without a request are closed after this long (client-go `IdleConnTimeout`). */
const IDLE_TIMEOUT_MS = 90_000;

/** How many of them are kept for each backend (client-go `idleConnsPerHost`). */
const MAX_IDLE_CONNECTIONS = 25;

/** Connections to backends, kept for the next request. Disposal closes those that are kept and those in use. */
export class BackendAgent implements Disposable {
  readonly #agent: KeepingAgent;
  readonly #closed = new AbortController();

  constructor({ clock }: { readonly clock: Clock }) {
    this.#agent = new KeepingAgent(clock);
  }

  /** The way to a backend for `sendRequest`. Connecting goes on when the request is given up: the next one may use it. */
  to(backend: Backend): ConnectionSource {
    const connect: BackendOptions["connect"] = () => backend.connect(this.#closed.signal);
    const options: ConnectionSource & BackendOptions = { agent: this.#agent, key: backend.key, connect };
    return options;
  }

  [Symbol.dispose](): void {
    this.#closed.abort();
    this.#agent.destroy();
  }
}

/** What the agent gets to see of the options of a request. */
interface BackendOptions {
  readonly key: string;
  readonly connect: () => Promise<Duplex>;
}

class KeepingAgent extends Agent {
  readonly #clock: Clock;
  readonly #idle = new WeakMap<Duplex, Disposable>();

  constructor(clock: Clock) {
    super({ keepAlive: true, maxFreeSockets: MAX_IDLE_CONNECTIONS });
    this.#clock = clock;
  }

  override getName(options: object): string {
    return (options as BackendOptions).key;
  }

  override createConnection(
    options: object,
    callback: (error: Error | null, connection: Duplex) => void,
  ): undefined {
    void handOver((options as BackendOptions).connect(), callback);
  }

  override keepSocketAlive(socket: Duplex): boolean {
    const isFirst = !this.#idle.has(socket);
    this.#idle.set(
      socket,
      this.#clock.after(IDLE_TIMEOUT_MS, () => socket.destroy()),
    );
    if (isFirst) socket.once("close", () => this.#idle.get(socket)?.[Symbol.dispose]());
    return true;
  }

  override reuseSocket(socket: Duplex, request: ClientRequest): void {
    this.#idle.get(socket)?.[Symbol.dispose]();
    super.reuseSocket(socket, request);
  }
}

async function handOver(
  connecting: Promise<Duplex>,
  callback: (error: Error | null, connection: Duplex) => void,
): Promise<void> {
  let connection: Duplex;
  try {
    connection = await connecting;
  } catch (error) {
    // Nobody looks for a connection beside an error.
    callback(error instanceof Error ? error : new Error(String(error)), undefined as never);
    return;
  }
  callback(null, connection);
}
