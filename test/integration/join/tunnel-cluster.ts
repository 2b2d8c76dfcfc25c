import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { type Clock, systemClock } from "#base/clock.ts";
import { fixedCertificate } from "#client/credentials.ts";
import { AgentTunnels } from "#join/tunnel/agent-tunnels.ts";
import { silentLogger } from "#observability/logger.ts";
import { startStreamCluster } from "../streams/stream-cluster.ts";
import { until } from "../until.ts";

/** Nobody listens there: what reaches the node has come through its tunnel. */
const NO_KUBELET = "127.0.0.9";

/** A connection that can be cut, or go silent, on its way to a server. */
export class Relay implements AsyncDisposable {
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer((client) => this.#join(client));
  #isSilent = false;

  /** Passes connections on to a port of this host; resolves with its own address. */
  async listen(to: number): Promise<string> {
    this.#to = to;
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return `127.0.0.1:${String((this.#server.address() as AddressInfo).port)}`;
  }

  #to = 0;

  get connections(): number {
    return this.#sockets.size / 2;
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Present connections stay open, but nothing comes through any more. */
  silence(): void {
    this.#isSilent = true;
    for (const socket of this.#sockets) socket.pause();
  }

  /** What has waited in present connections comes through. */
  resume(): void {
    this.#isSilent = false;
    for (const socket of this.#sockets) socket.resume();
  }

  /** New connections are passed on again. */
  recover(): void {
    this.#isSilent = false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    this.cut();
    await closed;
  }

  #join(client: Socket): void {
    if (this.#isSilent) {
      client.destroy();
      return;
    }
    const server = connect(this.#to, "127.0.0.1");
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(from);
      from.on("error", () => undefined);
      from.on("data", (chunk) => void to.write(chunk));
      from.on("close", () => {
        this.#sockets.delete(from);
        to.destroy();
      });
    }
  }
}

export interface TunnelClusterOptions {
  /** The agent's. */
  readonly clock?: Clock;
}

/** A server that cannot reach its node but through the tunnel, which goes through a relay. */
export type TunnelCluster = Awaited<ReturnType<typeof startTunnelCluster>>;

export async function startTunnelCluster({ clock = systemClock }: TunnelClusterOptions = {}) {
  await using stack = new AsyncDisposableStack();
  const cluster = stack.use(await startStreamCluster({ nodeAddress: NO_KUBELET }));
  const { server, kubeletPort } = cluster;
  const relay = stack.use(new Relay());
  const address = await relay.listen(server.port);
  const { certificate = "", key = "" } = server.pki.credentials["client-kubelet"] ?? {};
  const changes: string[] = [];
  const tunnels = stack.use(
    new AgentTunnels(
      {
        authority: () => server.pki.authorities["server-ca"],
        credentials: fixedCertificate({ certificate, key }),
        targets: () => ({
          kubelet: { host: "127.0.0.1", port: kubeletPort },
          podCIDRs: ["127.42.1.0/24"],
        }),
        onChange: (_server, isOpen) => changes.push(isOpen ? "open" : "lost"),
      },
      { clock, logger: silentLogger, random: () => 0 },
    ),
  );
  const disposal = stack.move();
  return {
    ...cluster,
    relay,
    tunnels,
    /** What the agent has heard of its tunnel. */
    changes,
    /** Opens the tunnel. */
    join: async (): Promise<void> => {
      tunnels.update([address]);
      await until(() => changes.at(-1) === "open");
    },
    [Symbol.asyncDispose]: () => disposal.disposeAsync(),
  };
}
