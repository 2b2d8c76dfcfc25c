import { Backoff } from "#base/backoff.ts";
import type { Clock } from "#base/clock.ts";
import { onAbort } from "#base/disposable.ts";
import { LinkedAbort } from "#base/linked-abort.ts";
import { TaskGroup } from "#base/task-group.ts";
import type { Logger } from "#observability/logger.ts";
import { connectStream, type NodeStreamsDependencies } from "./node-streams.ts";
import { type NodeTargets, resolveTarget } from "./node-targets.ts";
import { type OpenTunnelOptions, openTunnel } from "./open-tunnel.ts";
import { runTunnel } from "./run-tunnel.ts";

export interface AgentTunnelsOptions extends Omit<OpenTunnelOptions, "server"> {
  /** Asked for each stream. */
  readonly targets: () => NodeTargets;
  /** Hears whenever the tunnel to a server has been opened or lost, falls silent, or is heard again. */
  readonly onChange?: (server: string, isOpen: boolean) => void;
}

export interface AgentTunnelsDependencies {
  readonly clock: Clock;
  readonly logger: Logger;
  /** A number from 0 up to 1. */
  readonly random: () => number;
}

/** Times between tries to open a tunnel. */
const BACKOFF = { initialMs: 500, maxMs: 15_000, factor: 2, jitter: 0.5 };

/** Keeps a tunnel to every server of a list open. Disposal closes them. */
export class AgentTunnels implements AsyncDisposable {
  readonly #options: AgentTunnelsOptions;
  readonly #dependencies: AgentTunnelsDependencies;
  readonly #tasks: TaskGroup;
  readonly #servers = new Map<string, LinkedAbort>();

  constructor(options: AgentTunnelsOptions, dependencies: AgentTunnelsDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
    this.#tasks = new TaskGroup((error) => dependencies.logger.error("Tunnel failed", { error }));
  }

  /** Replaces the list; servers are named as `host:port`. */
  update(servers: readonly string[]): void {
    for (const [server, stop] of this.#servers) {
      if (servers.includes(server)) continue;
      this.#servers.delete(server);
      stop.abort();
    }
    for (const server of servers) {
      if (this.#servers.has(server)) continue;
      const stop = new LinkedAbort(this.#tasks.signal);
      this.#servers.set(server, stop);
      this.#tasks.run(() => this.#keepOpen(server, stop.signal));
    }
  }

  /** Opens all of them anew, because this host has another address. */
  reconnect(): void {
    const servers = [...this.#servers.keys()];
    this.update([]);
    this.update(servers);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#tasks[Symbol.asyncDispose]();
  }

  async #keepOpen(server: string, signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.#dependencies;
    const backoff = new Backoff(BACKOFF, this.#dependencies);
    while (!signal.aborted) {
      try {
        await this.#runOnce(server, backoff, signal);
      } catch (error) {
        if (!signal.aborted) logger.warn("Failed to open a tunnel", { server, error });
      }
      if (signal.aborted) return;
      this.#options.onChange?.(server, false);
      await clock.sleep(backoff.next(), signal).catch(() => undefined);
    }
  }

  /** Resolves when the tunnel has been lost. */
  async #runOnce(server: string, backoff: Backoff, signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.#dependencies;
    const connection = await openTunnel({ ...this.#options, server }, { clock, signal });
    const streams: NodeStreamsDependencies = {
      resolve: (target) => resolveTarget(target, this.#options.targets()),
      clock,
    };
    using tunnel = runTunnel(
      connection,
      {
        onStream: (offered) => connectStream(offered, streams),
        onSilence: (isSilent) => this.#options.onChange?.(server, !isSilent),
      },
      { clock },
    );
    using _ = onAbort(signal, () => tunnel[Symbol.dispose]());
    backoff.reset();
    logger.info("Opened a tunnel", { server });
    this.#options.onChange?.(server, true);
    const reason = await tunnel.closed;
    if (!signal.aborted) logger.warn("Lost a tunnel", { server, reason: reason.message });
  }
}
