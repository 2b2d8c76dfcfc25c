import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import type { Logger } from "#observability/logger.ts";
import type { Client } from "./dns-metrics.ts";
import type { Responder } from "./responder.ts";
import { frame, readFrames } from "./tcp-framing.ts";

const TCP_IDLE_MS = 10_000;
const MAX_TCP_CLIENTS = 512;
/** What one client may ask before it has taken its answers. */
const MAX_PIPELINED = 64;

export interface DnsServerOptions {
  readonly address: string;
  /** 0 takes any free port, for tests. */
  readonly port: number;
  /** After this time a TCP client is let go that says nothing (RFC 7766 6.2.3 asks for seconds). Default: 10 s. */
  readonly tcpIdleMs?: number;
  /** How many TCP clients there may be at a time. Default: 512. */
  readonly maxTcpClients?: number;
}

export interface DnsServerDependencies {
  readonly responder: Pick<Responder, "respond">;
  readonly logger: Logger;
}

export interface DnsServer extends AsyncDisposable {
  readonly port: number;
}

/** Answers DNS over UDP and TCP on one address. Rejects when the address cannot be bound. */
export async function startDnsServer(
  options: DnsServerOptions,
  dependencies: DnsServerDependencies,
): Promise<DnsServer> {
  await using stack = new AsyncDisposableStack();
  const clients = new Set<Socket>();
  const server = await listenTcp(options, clients, dependencies);
  stack.defer(() => new Promise((resolve) => server.close(() => resolve())));
  stack.defer(() => {
    for (const client of clients) client.destroy();
  });
  const taken = (server.address() as AddressInfo).port;
  const udp = await listenUdp({ ...options, port: taken }, dependencies);
  stack.defer(() => udp.close());
  const owned = stack.move();
  return { port: taken, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

function listenUdp(
  { address, port }: DnsServerOptions,
  { responder, logger }: DnsServerDependencies,
): Promise<Bun.udp.Socket<"buffer">> {
  return Bun.udpSocket({
    hostname: address,
    port,
    socket: {
      data: (socket, message, clientPort, clientAddress) => {
        const client: Client = { address: clientAddress, transport: "udp" };
        answer({ responder, logger }, message, client, (reply) => {
          if (!socket.closed) socket.send(reply, clientPort, clientAddress);
        });
      },
      // A client that is gone makes the kernel report its answer as refused; there is nobody to tell.
      error: (_socket, error) => logger.debug("Lost a DNS client", { error }),
    },
  });
}

function listenTcp(
  { address, port, tcpIdleMs = TCP_IDLE_MS, maxTcpClients = MAX_TCP_CLIENTS }: DnsServerOptions,
  clients: Set<Socket>,
  dependencies: DnsServerDependencies,
): Promise<Server> {
  const server = createServer((client) => {
    if (clients.size >= maxTcpClients) {
      client.destroy();
      return;
    }
    clients.add(client);
    client.once("close", () => clients.delete(client));
    client.setTimeout(tcpIdleMs, () => client.destroy());
    serveTcp(client, dependencies);
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, address, () => {
      server.off("error", reject);
      server.on("error", (error) => dependencies.logger.warn("Could not accept a DNS client", { error }));
      resolve(server);
    });
  });
}

/** Questions that come one after the other are answered as their answers are found (RFC 7766 6.2.1.1). */
function serveTcp(client: Socket, dependencies: DnsServerDependencies): void {
  const asker: Client = { address: client.remoteAddress ?? "", transport: "tcp" };
  let unanswered = 0;
  client.on("error", () => client.destroy());
  client.on("drain", () => client.resume());
  readFrames(client, (message) => {
    unanswered += 1;
    if (unanswered > MAX_PIPELINED) client.pause();
    answer(dependencies, message, asker, (reply) => {
      unanswered -= 1;
      if (client.writableEnded || client.destroyed) return;
      const isTaken = client.write(frame(reply));
      if (isTaken && unanswered <= MAX_PIPELINED) client.resume();
      if (!isTaken) client.pause();
    });
  });
}

/** Gives the answer away when there is one. A client that sends what deserves none waits for nothing. */
function answer(
  { responder, logger }: DnsServerDependencies,
  message: Uint8Array,
  client: Client,
  send: (reply: Uint8Array) => void,
): void {
  try {
    const reply = responder.respond(message, client);
    if (reply instanceof Promise)
      reply.then(
        (bytes) => {
          if (bytes !== undefined) send(bytes);
        },
        (error: unknown) => logger.error("Could not answer a DNS query", { error }),
      );
    else if (reply !== undefined) send(reply);
  } catch (error) {
    logger.error("Could not answer a DNS query", { error });
  }
}
