import type { Duplex } from "node:stream";
import { badRequest, forbidden } from "#apimachinery/status-error.ts";
import { NODES_GROUP, type UserInfo } from "#apimachinery/user.ts";
import type { Clock } from "#base/clock.ts";
import { onAbort } from "#base/disposable.ts";
import { Answer } from "#https/answer.ts";
import type { Exchange } from "#https/exchange.ts";
import type { Logger } from "#observability/logger.ts";
import { acceptTunnel } from "./accept-tunnel.ts";
import type { TunnelTarget } from "./frame.ts";
import { type RunningTunnel, runTunnel } from "./run-tunnel.ts";
import { TunnelError } from "./tunnel-error.ts";

interface TunnelHubDependencies {
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A certificate's common name, and a user's name, of a node. */
const NODE_PREFIX = "system:node:";

/** The tunnels that agents have opened to this server. */
export class TunnelHub {
  readonly #dependencies: TunnelHubDependencies;
  /** An agent that has lost its connection opens another one before the old one is known to be dead: the newest is first. */
  readonly #tunnels = new Map<string, readonly RunningTunnel[]>();

  constructor(dependencies: TunnelHubDependencies) {
    this.#dependencies = dependencies;
  }

  /** Names of the nodes that can be reached. */
  get nodes(): Iterable<string> {
    return this.#tunnels.keys();
  }

  has(nodeName: string): boolean {
    return this.#tunnels.has(nodeName);
  }

  /** Has the node connect to the target. Rejects with a `TunnelError`, or with the signal's reason when it aborts. */
  async connect(nodeName: string, target: TunnelTarget, signal: AbortSignal): Promise<Duplex> {
    let failure = TunnelError.absent(nodeName);
    for (const { streams } of this.#bestFirst(nodeName)) {
      try {
        return await openStream(streams, target, signal);
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        if (!(error instanceof TunnelError) || error.detail.code !== "lost") throw error;
        failure = error;
      }
    }
    throw failure;
  }

  /** Answers a node that wants to open its tunnel, which goes on until either side ends it. */
  async answer(exchange: Exchange, user: UserInfo): Promise<Answer> {
    const nodeName = nodeNameOf(user);
    const { upgrade } = exchange;
    if (upgrade === undefined) throw badRequest("a tunnel is a WebSocket: upgrade request required");
    const connection = await acceptTunnel(exchange, upgrade);
    const tunnel = runTunnel(connection, {}, this.#dependencies);
    const end = onAbort(exchange.signal, () => tunnel[Symbol.dispose]());
    void this.#keep(nodeName, tunnel).finally(() => end[Symbol.dispose]());
    return new Answer(101, {});
  }

  /** A tunnel that may be dead comes last. */
  #bestFirst(nodeName: string): readonly RunningTunnel[] {
    const tunnels = this.#tunnels.get(nodeName) ?? [];
    return tunnels.toSorted((a, b) => Number(a.isSilent) - Number(b.isSilent));
  }

  async #keep(nodeName: string, tunnel: RunningTunnel): Promise<void> {
    const { logger } = this.#dependencies;
    this.#tunnels.set(nodeName, [tunnel, ...(this.#tunnels.get(nodeName) ?? [])]);
    logger.info("Opened a tunnel", { node: nodeName });
    const reason = await tunnel.closed;
    const others = (this.#tunnels.get(nodeName) ?? []).filter((other) => other !== tunnel);
    if (others.length === 0) this.#tunnels.delete(nodeName);
    else this.#tunnels.set(nodeName, others);
    logger.info("Closed a tunnel", { node: nodeName, reason: reason.message });
  }
}

/** Throws Forbidden for who is not a node: nobody else may be reached in its name. */
function nodeNameOf({ name, groups }: UserInfo): string {
  if (name.startsWith(NODE_PREFIX) && groups.includes(NODES_GROUP)) return name.slice(NODE_PREFIX.length);
  throw forbidden({ group: "", resource: "" }, "", `User "${name}" is no node, and only nodes have tunnels`);
}

async function openStream(
  streams: RunningTunnel["streams"],
  target: TunnelTarget,
  signal: AbortSignal,
): Promise<Duplex> {
  signal.throwIfAborted();
  const stream = streams.open(target);
  // Whoever uses it hears that it has closed; a tunnel may be lost before that.
  stream.on("error", () => undefined);
  using _ = onAbort(signal, () => stream.destroy());
  await stream.opened;
  return stream;
}
