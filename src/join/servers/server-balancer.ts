import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { Backoff } from "#base/backoff.ts";
import type { Clock } from "#base/clock.ts";
import { LinkedAbort } from "#base/linked-abort.ts";
import { TaskGroup } from "#base/task-group.ts";
import type { Logger } from "#observability/logger.ts";
import { carryBothWays } from "../carry-both-ways.ts";
import { splitAddress } from "./server-address.ts";
import { ServerListFile } from "./server-list-file.ts";
import { ServerPool } from "./server-pool.ts";

export interface ServerBalancerOptions {
  /** Those that the operator has named, as `host:port`; a list that was kept in the state file comes before them. */
  readonly servers: readonly string[];
  /** Where the list is kept for the next start. */
  readonly stateFile: string;
  /** Default: any free one. */
  readonly port?: number;
}

export interface ServerBalancerDependencies {
  readonly clock: Clock;
  readonly logger: Logger;
  /** A number from 0 up to 1. */
  readonly random: () => number;
}

/** One address on this host for all servers of the cluster. Disposal closes it and its connections. */
export interface ServerBalancer extends AsyncDisposable {
  /** `https://127.0.0.1:PORT`. */
  readonly localUrl: string;
  /** The servers of the cluster as far as they are known, as `host:port`. */
  readonly servers: readonly string[];
  /** These and those that the operator has named. */
  readonly candidates: readonly string[];
  /**
   * Replaces the list, and keeps it for the next start; resolves when that is on disk, or has been reported to have failed.
   * Connections to servers that have left the list are closed soon. An empty list changes nothing.
   */
  update(servers: readonly string[]): Promise<void>;
  /** What is known of a server by other ways than connecting; connections to one that has failed are closed soon. */
  setHealth(server: string, isHealthy: boolean): void;
  /** Closes all connections to servers, because this host has another address; clients make new ones. */
  reconnect(): void;
}

/** A server that does not answer at all is given up after this long. */
const DIAL_TIMEOUT_MS = 5000;

/** A server that has said nothing for so long since a connection was made, not even in a TLS handshake, does not work. */
const SILENCE_MS = 10_000;

/** A client waits for a server this long: as long as one takes to start again, and some more. */
const PATIENCE_MS = 30_000;

/** Times between rounds over all servers while none can be reached. */
const ROUNDS = { initialMs: 100, maxMs: 2000, factor: 2, jitter: 0.2 };

/** A server that stops finishes what it has begun, for which it takes five seconds at most. */
const GRACE_MS = 6000;

/** Without a word for so long, a connection is probed by TCP. */
const KEEP_ALIVE_MS = 15_000;

/** Starts to listen. Rejects when the port is taken. */
export async function startServerBalancer(
  { servers, stateFile, port = 0 }: ServerBalancerOptions,
  dependencies: ServerBalancerDependencies,
): Promise<ServerBalancer> {
  const file = new ServerListFile(stateFile);
  const pool = new ServerPool(servers, dependencies);
  pool.setServers((await file.read()) ?? servers);
  const balancer = new TcpBalancer(pool, file, dependencies);
  await balancer.listen(port);
  return balancer;
}

class TcpBalancer implements ServerBalancer {
  readonly #pool: ServerPool;
  readonly #file: ServerListFile;
  readonly #dependencies: ServerBalancerDependencies;
  readonly #listener: Server;
  readonly #tasks: TaskGroup;
  readonly #clients = new Set<Socket>();
  /** The connections of each server. */
  readonly #upstreams = new Map<string, Set<Socket>>();
  /** Files are written one after the other. */
  #kept = Promise.resolve();

  constructor(pool: ServerPool, file: ServerListFile, dependencies: ServerBalancerDependencies) {
    this.#pool = pool;
    this.#file = file;
    this.#dependencies = dependencies;
    this.#tasks = new TaskGroup((error) => dependencies.logger.error("Balancer failed", { error }));
    this.#listener = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, (client) =>
      this.#accept(client),
    );
  }

  get localUrl(): string {
    const { port } = this.#listener.address() as AddressInfo;
    return `https://127.0.0.1:${String(port)}`;
  }

  get servers(): readonly string[] {
    return this.#pool.listed;
  }

  get candidates(): readonly string[] {
    return this.#pool.candidates();
  }

  async listen(port: number): Promise<void> {
    this.#listener.listen(port, "127.0.0.1");
    await once(this.#listener, "listening");
  }

  async update(servers: readonly string[]): Promise<void> {
    const before = new Set(this.servers);
    const removed = this.#pool.setServers(servers);
    const isSame = removed.length === 0 && before.size === this.servers.length;
    if (isSame) return;
    this.#dependencies.logger.info("Changed the list of servers", { servers: this.servers.join(" ") });
    for (const server of removed) this.#closeSoon(server, () => !this.servers.includes(server));
    this.#kept = this.#kept.then(() => this.#keep());
    await this.#kept;
  }

  setHealth(server: string, isHealthy: boolean): void {
    this.#pool.setHealth(server, isHealthy);
    if (!isHealthy) this.#closeSoon(server, () => this.#pool.isWorseThanOthers(server));
  }

  reconnect(): void {
    for (const sockets of this.#upstreams.values()) for (const socket of sockets) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#listener, "close");
    this.#listener.close();
    for (const client of this.#clients) client.destroy();
    await this.#tasks[Symbol.asyncDispose]();
    await Promise.all([closed, this.#kept]);
  }

  async #keep(): Promise<void> {
    try {
      await this.#file.write(this.servers);
    } catch (error) {
      this.#dependencies.logger.warn("Failed to keep the list of servers", { error });
    }
  }

  #accept(client: Socket): void {
    this.#clients.add(client);
    client.once("close", () => this.#clients.delete(client));
    // Who breaks off closes right after, which is what matters.
    client.on("error", () => undefined);
    this.#tasks.run((signal) => this.#serve(client, signal));
  }

  async #serve(client: Socket, stop: AbortSignal): Promise<void> {
    using gone = new LinkedAbort(stop);
    const leave = (): void => gone.abort();
    client.once("close", leave);
    const upstream = await this.#reachServer(gone.signal);
    client.off("close", leave);
    if (upstream === undefined || client.destroyed) {
      upstream?.destroy();
      client.destroy();
      return;
    }
    carryBothWays(client, upstream);
  }

  /** Undefined when no server could be reached in time. */
  async #reachServer(signal: AbortSignal): Promise<Socket | undefined> {
    const { clock, logger } = this.#dependencies;
    const until = clock.now() + PATIENCE_MS;
    const rounds = new Backoff(ROUNDS, this.#dependencies);
    while (!signal.aborted) {
      for (const server of this.#pool.candidates()) {
        const socket = await this.#tryServer(server, signal);
        if (socket !== undefined || signal.aborted) return socket;
      }
      if (clock.now() >= until) break;
      await clock.sleep(rounds.next(), signal).catch(() => undefined);
    }
    if (!signal.aborted) logger.warn("Reached no server", { servers: this.servers.join(" ") });
    return undefined;
  }

  async #tryServer(server: string, signal: AbortSignal): Promise<Socket | undefined> {
    const { clock, logger } = this.#dependencies;
    using stop = new LinkedAbort(signal);
    using _timer = clock.after(DIAL_TIMEOUT_MS, () => stop.abort(new Error("it does not answer")));
    const socket = connect({ ...splitAddress(server), ...SOCKET_OPTIONS });
    socket.on("error", () => undefined);
    try {
      await once(socket, "connect", { signal: stop.signal });
      this.#track(server, socket);
      this.#expectAnswer(server, socket);
      this.#pool.succeeded(server);
      return socket;
    } catch (error) {
      socket.destroy();
      if (signal.aborted) return undefined;
      this.#pool.failed(server);
      logger.debug("Failed to reach a server", { server, error });
      return undefined;
    }
  }

  #expectAnswer(server: string, socket: Socket): void {
    const timer = this.#dependencies.clock.after(SILENCE_MS, () => {
      if (socket.bytesRead > 0) return;
      this.#pool.failed(server);
      socket.destroy();
    });
    socket.once("close", () => timer[Symbol.dispose]());
  }

  #track(server: string, socket: Socket): void {
    const sockets = this.#upstreams.get(server) ?? new Set();
    this.#upstreams.set(server, sockets);
    sockets.add(socket);
    socket.once("close", () => {
      sockets.delete(socket);
      if (sockets.size === 0) this.#upstreams.delete(server);
    });
  }

  /** What the server has begun to answer it may finish; `isWanted` is asked again then. */
  #closeSoon(server: string, isWanted: () => boolean): void {
    this.#tasks.run(async (signal) => {
      await this.#dependencies.clock.sleep(GRACE_MS, signal);
      if (!isWanted()) return;
      for (const socket of this.#upstreams.get(server) ?? []) socket.destroy();
    });
  }
}

const SOCKET_OPTIONS = {
  allowHalfOpen: true,
  noDelay: true,
  keepAlive: true,
  keepAliveInitialDelay: KEEP_ALIVE_MS,
};
