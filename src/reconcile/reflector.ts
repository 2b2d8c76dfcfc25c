import type { Resource } from "#api/resource.ts";
import type { KubeList, KubeObject, WatchEvent } from "#apimachinery/meta.ts";
import { isExpired, StatusError } from "#apimachinery/status-error.ts";
import { Backoff, type BackoffOptions } from "#base/backoff.ts";
import type { Clock } from "#base/clock.ts";
import type { Client } from "#client/client.ts";
import type { Logger } from "#observability/logger.ts";

/** Which objects of a kind are followed; everything when empty. */
export interface Selection {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

/** Receives the state of the server: first a whole list, then changes, and a list again after a gap. */
export interface ReflectorSink<T extends KubeObject> {
  replace(list: KubeList<T>): void;
  apply(events: readonly WatchEvent<T>[]): void;
}

export interface ReflectorDependencies {
  readonly client: Pick<Client, "list" | "watch">;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly logger: Logger;
}

/** The delays of client-go's reflector: a server that is down sees one request in 30 to 60 seconds. */
const BACKOFF: BackoffOptions = {
  initialMs: 800,
  maxMs: 30_000,
  factor: 2,
  jitter: 1,
  resetAfterMs: 120_000,
};

/** A watch is asked to end after this time up to twice this time, so that no dead connection is trusted for long. */
const MIN_WATCH_SECONDS = 300;

/** A watch that ends sooner without an event is a failure; without a pause it would be tried in a tight loop. */
const SHORTEST_WATCH_MS = 1000;

/** After these the watch goes on where it was, once the server is there again. */
const PASSING = new Set(["ServiceUnavailable", "TooManyRequests", "ServerTimeout", "Timeout"]);

/** Follows one kind with list and watch and never ends by itself (client-go `tools/cache/reflector.go`). */
export class Reflector<T extends KubeObject> {
  readonly #resource: Resource;
  readonly #selection: Selection;
  readonly #sink: ReflectorSink<T>;
  readonly #dependencies: ReflectorDependencies;
  readonly #backoff: Backoff;
  /** The revision up to which the sink knows everything; empty before the first list. */
  #resourceVersion = "";

  constructor(
    source: { readonly resource: Resource; readonly selection: Selection },
    sink: ReflectorSink<T>,
    dependencies: ReflectorDependencies,
  ) {
    this.#resource = source.resource;
    this.#selection = source.selection;
    this.#sink = sink;
    this.#dependencies = dependencies;
    this.#backoff = new Backoff(BACKOFF, dependencies);
  }

  /** Runs until the signal aborts. Failures of the server are logged and tried again. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#list(signal);
        await this.#watchUntilExpired(signal);
      } catch (error) {
        if (signal.aborted) return;
        this.#log("Listing or watching failed", error);
        await this.#pause(signal);
      }
    }
  }

  async #list(signal: AbortSignal): Promise<void> {
    const list = await this.#listSince(this.#resourceVersion === "" ? "0" : this.#resourceVersion, signal);
    this.#resourceVersion = list.metadata.resourceVersion ?? "";
    this.#sink.replace(list);
  }

  /** Not older than what is known, so that the cache never goes back in time while a server catches up. */
  async #listSince(resourceVersion: string, signal: AbortSignal): Promise<KubeList<T>> {
    const options = { ...this.#selection, signal };
    try {
      return await this.#fetch({ ...options, resourceVersion });
    } catch (error) {
      if (!isExpired(error) && !isTooLarge(error)) throw error;
      // Another cluster behind the same address, or a restored backup: what is there now is the truth.
      return await this.#fetch(options);
    }
  }

  async #fetch(options: Parameters<Client["list"]>[1]): Promise<KubeList<T>> {
    // The list of a resource holds objects of its kind, which is what T says.
    return (await this.#dependencies.client.list(this.#resource, options)) as KubeList<T>;
  }

  /** Watches, again and again; returns when the server has forgotten the revision to go on from. */
  async #watchUntilExpired(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const startedAt = this.#dependencies.clock.now();
      try {
        const count = await this.#watch(signal);
        const isTooShort = this.#dependencies.clock.now() - startedAt < SHORTEST_WATCH_MS;
        if (isTooShort && count === 0) await this.#pause(signal);
      } catch (error) {
        if (signal.aborted || isExpired(error)) return;
        if (!isPassing(error)) throw error;
        this.#log("Watch was interrupted", error);
        await this.#pause(signal);
      }
    }
  }

  /** Returns how many events came before the server ended the watch. */
  async #watch(signal: AbortSignal): Promise<number> {
    let count = 0;
    const batches = this.#dependencies.client.watch(this.#resource, {
      ...this.#selection,
      resourceVersion: this.#resourceVersion,
      allowWatchBookmarks: true,
      timeoutSeconds: Math.floor(MIN_WATCH_SECONDS * (1 + this.#dependencies.random())),
      signal,
    });
    for await (const batch of batches) {
      if (signal.aborted) break;
      count += batch.length;
      this.#resourceVersion = batch.at(-1)?.object.metadata.resourceVersion ?? this.#resourceVersion;
      // As for lists: the watch of a resource delivers objects of its kind.
      this.#sink.apply(batch as readonly WatchEvent<T>[]);
    }
    return count;
  }

  /** An abort ends the pause early, which the loops around it see. */
  async #pause(signal: AbortSignal): Promise<void> {
    try {
      await this.#dependencies.clock.sleep(this.#backoff.next(), signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  #log(message: string, error: unknown): void {
    this.#dependencies.logger.warn(message, { resource: this.#resource.name, error });
  }
}

function isPassing(error: unknown): boolean {
  return error instanceof StatusError && PASSING.has(error.status.reason ?? "");
}

function isTooLarge(error: unknown): boolean {
  const causes = error instanceof StatusError ? (error.status.details?.causes ?? []) : [];
  return causes.some(({ reason }) => reason === "ResourceVersionTooLarge");
}
