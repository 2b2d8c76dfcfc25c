import { Backoff, type BackoffDependencies } from "#base/backoff.ts";

/** Times between tries of a server that cannot be reached, as long as others can. */
const BACKOFF = { initialMs: 1000, maxMs: 60_000, factor: 2, jitter: 0.2 };

interface Server {
  readonly address: string;
  readonly backoff: Backoff;
  /** False while who watches over the server says that it does not answer. */
  isHealthy: boolean;
  /** It has failed, and is tried after the others until then. */
  failingUntil: number;
}

/**
 * Which server to connect to: the present one as long as it works, then another of the list, then one that has failed, and
 * last of all those that were given at the start. `address` is always `host:port`.
 */
export class ServerPool {
  readonly #fallbacks: readonly string[];
  readonly #dependencies: BackoffDependencies;
  readonly #servers = new Map<string, Server>();
  #listed: readonly string[] = [];
  #current: string | undefined;

  /** `fallbacks` are the servers that the operator has named. */
  constructor(fallbacks: readonly string[], dependencies: BackoffDependencies) {
    this.#fallbacks = fallbacks;
    this.#dependencies = dependencies;
    this.setServers(fallbacks);
  }

  get listed(): readonly string[] {
    return this.#listed;
  }

  /** Replaces the list, in an order that agents do not share; returns the servers that it no longer has. An empty list is none. */
  setServers(addresses: readonly string[]): readonly string[] {
    if (addresses.length === 0) return [];
    const removed = this.#listed.filter((address) => !addresses.includes(address));
    const added = addresses.filter((address) => !this.#listed.includes(address));
    this.#listed = [
      ...this.#listed.filter((address) => addresses.includes(address)),
      ...this.#shuffle(added),
    ];
    const wanted = new Set([...this.#listed, ...this.#fallbacks]);
    for (const address of this.#servers.keys()) if (!wanted.has(address)) this.#servers.delete(address);
    for (const address of wanted)
      if (!this.#servers.has(address)) this.#servers.set(address, this.#add(address));
    if (this.#current !== undefined && !this.#listed.includes(this.#current)) this.#current = undefined;
    return removed;
  }

  /** Everything that can be tried, best first. */
  candidates(): readonly string[] {
    const now = this.#dependencies.clock.now();
    const rank = (address: string): number => {
      const server = this.#servers.get(address);
      if (!this.#listed.includes(address)) return 3;
      if (server === undefined || !server.isHealthy || server.failingUntil > now) return 2;
      return address === this.#current ? 0 : 1;
    };
    return [...this.#servers.keys()].toSorted((a, b) => rank(a) - rank(b) || this.#place(a) - this.#place(b));
  }

  /** A connection was made: the server is the present one from now on, unless it is but a fallback. */
  succeeded(address: string): void {
    const server = this.#servers.get(address);
    if (server === undefined) return;
    server.backoff.reset();
    server.failingUntil = 0;
    if (this.#listed.includes(address)) this.#current = address;
  }

  /** No connection could be made. */
  failed(address: string): void {
    const server = this.#servers.get(address);
    if (server !== undefined) server.failingUntil = this.#dependencies.clock.now() + server.backoff.next();
  }

  setHealth(address: string, isHealthy: boolean): void {
    const server = this.#servers.get(address);
    if (server !== undefined) server.isHealthy = isHealthy;
  }

  /** Whether connections to the server would do better elsewhere. */
  isWorseThanOthers(address: string): boolean {
    const server = this.#servers.get(address);
    if (server === undefined) return true;
    return !server.isHealthy && this.#listed.some((other) => this.#servers.get(other)?.isHealthy === true);
  }

  #add(address: string): Server {
    const backoff = new Backoff(BACKOFF, this.#dependencies);
    return { address, backoff, isHealthy: true, failingUntil: 0 };
  }

  #place(address: string): number {
    const at = this.#listed.indexOf(address);
    return at < 0 ? this.#listed.length : at;
  }

  #shuffle(addresses: readonly string[]): readonly string[] {
    return addresses
      .map((address) => ({ address, rank: this.#dependencies.random() }))
      .toSorted((a, b) => a.rank - b.rank)
      .map(({ address }) => address);
  }
}
