import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import type { Logger } from "#observability/logger.ts";
import type { Forwarder } from "./forwarder.ts";
import {
  formatQuery,
  formatResponse,
  parseAnswers,
  parseQuery,
  type Query,
  type Response,
} from "./message.ts";
import { frame, readFrames } from "./tcp-framing.ts";
import { type DnsRecord, resolveInZone, type ZoneView } from "./zone.ts";

/** An idle TCP client is let go after this time (RFC 7766 6.2.3 asks for seconds). */
const TCP_IDLE_MS = 10_000;

export interface DnsServerOptions {
  readonly address: string;
  /** 0 takes any free port, for tests. */
  readonly port: number;
}

export interface DnsServerDependencies {
  readonly view: ZoneView;
  readonly forwarder: Forwarder;
  readonly logger: Logger;
}

export interface DnsServer extends AsyncDisposable {
  readonly port: number;
}

type Transport = "udp" | "tcp";

interface TcpListener {
  readonly server: Server;
  readonly clients: ReadonlySet<Socket>;
}

/** Answers DNS over UDP and TCP on one address. Rejects when the address cannot be bound. */
export async function startDnsServer(
  { address, port }: DnsServerOptions,
  dependencies: DnsServerDependencies,
): Promise<DnsServer> {
  await using stack = new AsyncDisposableStack();
  const { server, clients } = await listenTcp(address, port, dependencies);
  stack.defer(() => closed(server));
  stack.defer(() => {
    for (const client of clients) client.destroy();
  });
  const taken = (server.address() as AddressInfo).port;
  const udp = await listenUdp(address, taken, dependencies);
  stack.defer(() => closed(udp));
  const owned = stack.move();
  return { port: taken, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

function closed(server: { close(callback: () => void): unknown }): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}

/** The bytes to answer with; undefined for bytes that deserve none. */
export async function answerQuery(
  bytes: Uint8Array,
  transport: Transport,
  { view, forwarder }: Pick<DnsServerDependencies, "view" | "forwarder">,
): Promise<Uint8Array | undefined> {
  const query = parseQuery(bytes);
  if (query === undefined) return undefined;
  const maxSize = transport === "udp" ? query.udpSize : undefined;
  const found = resolveInZone(view, query.question);
  switch (found.type) {
    case "forward":
      return (await forwarder.forward(bytes, transport)) ?? formatResponse(query, NO_SERVER_ANSWERED);
    case "alias": {
      const behind = await resolveAlias(query, found.target, { view, forwarder });
      return formatResponse(query, { ...KNOWN, answers: [found.record, ...behind] }, maxSize);
    }
    case "records":
      return formatResponse(
        query,
        { ...KNOWN, answers: found.answers, additionals: found.additionals },
        maxSize,
      );
    case "noData":
      return formatResponse(query, { ...KNOWN, authorities: [found.authority] }, maxSize);
    case "noSuchName":
      return formatResponse(query, { ...KNOWN, code: "NXDOMAIN", authorities: [found.authority] }, maxSize);
  }
}

const KNOWN: Response = {
  code: "NOERROR",
  authoritative: true,
  answers: [],
  authorities: [],
  additionals: [],
};
const NO_SERVER_ANSWERED: Response = { ...KNOWN, code: "SERVFAIL", authoritative: false };

/** The records behind an ExternalName, as far as anybody knows them. */
async function resolveAlias(
  { question: { type } }: Query,
  target: string,
  { view, forwarder }: Pick<DnsServerDependencies, "view" | "forwarder">,
): Promise<readonly DnsRecord[]> {
  if (type === "CNAME") return [];
  const found = resolveInZone(view, { name: target, type });
  if (found.type === "records") return found.answers;
  if (found.type !== "forward") return [];
  // TCP, so that the answer is never cut.
  const answer = await forwarder.forward(formatQuery({ name: target, type }), "tcp");
  return answer === undefined ? [] : parseAnswers(answer);
}

function listenUdp(address: string, port: number, dependencies: DnsServerDependencies): Promise<UdpSocket> {
  const socket = createSocket(address.includes(":") ? "udp6" : "udp4");
  socket.on("message", (message, { address: client, port: clientPort }) => {
    respond(message, "udp", dependencies, (answer) => socket.send(answer, clientPort, client));
  });
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.bind(port, address, () => {
      socket.off("error", reject);
      // A client that is gone makes the kernel report its answer as refused; there is nobody to tell.
      socket.on("error", (error) => dependencies.logger.debug("Lost a DNS client", { error }));
      resolve(socket);
    });
  });
}

function listenTcp(address: string, port: number, dependencies: DnsServerDependencies): Promise<TcpListener> {
  const clients = new Set<Socket>();
  const server = createServer((client) => {
    clients.add(client);
    client.once("close", () => clients.delete(client));
    client.setTimeout(TCP_IDLE_MS, () => client.destroy());
    client.on("error", () => client.destroy());
    readFrames(client, (message) => {
      respond(message, "tcp", dependencies, (answer) => client.write(frame(answer)));
    });
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, address, () => resolve({ server, clients }));
  });
}

function respond(
  message: Uint8Array,
  transport: Transport,
  dependencies: DnsServerDependencies,
  send: (answer: Uint8Array) => void,
): void {
  answerQuery(message, transport, dependencies).then(
    (answer) => {
      if (answer !== undefined) send(answer);
    },
    (error: unknown) => dependencies.logger.error("Could not answer a DNS query", { error }),
  );
}
