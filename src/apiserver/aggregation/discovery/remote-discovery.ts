import { formatApiVersion } from "#apimachinery/meta.ts";
import type { Clock } from "#base/clock.ts";
import { Listeners } from "#base/listeners.ts";
import type { Logger } from "#observability/logger.ts";
import type { RemoteVersion } from "../../discovery/registered-versions.ts";
import { type ApiServices, groupVersionOf } from "../api-services.ts";
import { followRemotes } from "../follow-remotes.ts";
import { NameQueue } from "../name-queue.ts";
import type { RemoteService, RemoteServices } from "../remote-services.ts";
import { fetchDiscovery, type ServerDocument } from "./fetch-discovery.ts";
import type { RemoteResources } from "./read-discovery.ts";

export interface RemoteDiscoveryDependencies {
  readonly services: ApiServices;
  readonly remotes: RemoteServices;
  readonly clock: Clock;
  readonly logger: Logger;
}

const WORKERS = 2;
/** What an extension server serves may change without anybody being told. */
const REFRESH_MS = 60_000;
const RETRY = { baseMs: 500, maxMs: REFRESH_MS };

/** A document, and when it was asked for. */
interface Cached {
  readonly document: ServerDocument;
  readonly askedAt: number;
}

/** What extension servers say they serve (kube-aggregator `handler_discovery.go`). */
export class RemoteDiscovery implements AsyncDisposable {
  readonly #dependencies: RemoteDiscoveryDependencies;
  readonly #queue: NameQueue;
  readonly #stack = new AsyncDisposableStack();
  /** By the names of APIServices. */
  readonly #versions = new Map<string, RemoteVersion>();
  /** By the hosts of Services, which may serve several group versions. */
  readonly #documents = new Map<string, Cached>();
  /** Since when a newer document is wanted, by the names of APIServices. */
  readonly #dirty = new Map<string, number>();
  readonly #listeners = new Listeners();

  constructor(dependencies: RemoteDiscoveryDependencies) {
    this.#dependencies = dependencies;
    const options = { name: "fetch discovery", workers: WORKERS, retry: RETRY };
    this.#queue = this.#stack.use(
      new NameQueue(options, { ...dependencies, work: (name, signal) => this.#sync(name, signal) }),
    );
  }

  start(): void {
    const following = followRemotes((name) => {
      this.#dirty.set(name, this.#dependencies.clock.now());
      this.#queue.add(name);
    }, this.#dependencies);
    this.#stack.use(following);
    this.#queue.start();
  }

  /** What is behind an APIService, empty and stale as long as nobody has answered. */
  of(name: string): RemoteVersion {
    return this.#versions.get(name) ?? UNKNOWN;
  }

  onChange(listener: () => void): Disposable {
    return this.#listeners.add(listener);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }

  async #sync(name: string, signal: AbortSignal): Promise<number | undefined> {
    const { remotes, clock } = this.#dependencies;
    const remote = remotes.named(name);
    if (remote === undefined) {
      this.#forget(name);
      return undefined;
    }
    try {
      const resources = await this.#fetch(name, remote, signal);
      this.#set(name, { resources, freshness: "Current" });
    } catch (error) {
      signal.throwIfAborted();
      // The server may be away for a moment only: what it served before is better than nothing.
      this.#set(name, { ...this.of(name), freshness: "Stale" });
      throw error;
    }
    this.#dirty.set(name, clock.now());
    return REFRESH_MS;
  }

  /** What the extension server has under the group version; nothing when it does not mention it. */
  async #fetch(name: string, remote: RemoteService, signal: AbortSignal): Promise<RemoteResources> {
    const { clock } = this.#dependencies;
    const known = this.#documents.get(remote.host);
    const apiVersion = formatApiVersion(groupVersionOf(name));
    if (known !== undefined && known.askedAt > (this.#dirty.get(name) ?? 0))
      return known.document.versions.get(apiVersion) ?? [];
    const askedAt = clock.now();
    const { resources, document } = await fetchDiscovery(remote, known?.document, { clock, signal });
    if (document !== undefined) this.#documents.set(remote.host, { document, askedAt });
    return resources ?? [];
  }

  #set(name: string, version: RemoteVersion): void {
    if (Bun.deepEquals(this.#versions.get(name), version)) return;
    this.#versions.set(name, version);
    this.#listeners.tell();
  }

  #forget(name: string): void {
    this.#dirty.delete(name);
    const { services, remotes } = this.#dependencies;
    const hosts = new Set(services.list().map((each) => remotes.of(each)?.host));
    for (const host of this.#documents.keys()) if (!hosts.has(host)) this.#documents.delete(host);
    if (this.#versions.delete(name)) this.#listeners.tell();
  }
}

const UNKNOWN: RemoteVersion = { resources: [], freshness: "Stale" };
