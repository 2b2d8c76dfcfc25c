import { createSocket } from "node:dgram";
import { connect } from "node:net";
import { type DecodedPacket, decode, encode } from "dns-packet";
import type { Service } from "#api/generated/core-v1.ts";
import type { Clock } from "#base/clock.ts";
import { systemClock } from "#base/clock.ts";
import { TaskGroup } from "#base/task-group.ts";
import { cacheFor } from "#network/dns/corefile/read-cache.ts";
import { noDnsMetrics } from "#network/dns/dns-metrics.ts";
import { noDnsProblems } from "#network/dns/dns-problems.ts";
import { type DnsServer, startDnsServer } from "#network/dns/dns-server.ts";
import { Forwarder, type ForwarderOptions } from "#network/dns/forwarder.ts";
import { LoopGuard } from "#network/dns/loop-guard.ts";
import { Resolver } from "#network/dns/resolver.ts";
import { Responder } from "#network/dns/responder.ts";
import type { ServerBlock } from "#network/dns/server-block.ts";
import { frame, readFrames } from "#network/dns/tcp-framing.ts";
import type { Upstream } from "#network/dns/upstream.ts";
import { parseQuery, type Query } from "#network/dns/wire/query.ts";
import { RCODE } from "#network/dns/wire/record-type.ts";
import { type Answer, encodeAnswer, formatError, formatReply } from "#network/dns/wire/reply.ts";
import type { ZoneView } from "#network/dns/zone-view.ts";
import { silentLogger } from "#observability/logger.ts";

const LOOPBACK = "127.0.0.1";

/** The package's types leave the response code out. */
export type Decoded = DecodedPacket & { readonly rcode: string };

/** A zone with a Service of 60 endpoints (too many for 512 bytes), one of two, and aliases. */
export function aView(): ZoneView {
  const service = (name: string, spec: Service["spec"]): Service => ({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace: "default", uid: name },
    spec,
  });
  const services = [
    service("many", { clusterIP: "None", clusterIPs: ["None"] }),
    service("web", { clusterIP: "10.43.0.7", clusterIPs: ["10.43.0.7"] }),
    service("ext", { type: "ExternalName", externalName: "www.Example.com" }),
    service("inner", { type: "ExternalName", externalName: "web.default.svc.cluster.local" }),
    service("circle", { type: "ExternalName", externalName: "circle.default.svc.cluster.local" }),
  ];
  const endpoints = Array.from({ length: 60 }, (_, i) => ({ addresses: [`10.42.0.${String(i)}`] }));
  return {
    domain: "cluster.local",
    networks: [],
    isSynced: true,
    serial: 1,
    hasNamespace: (name) => name === "default",
    service: (namespace, name) =>
      services.find(({ metadata }) => metadata.name === name && metadata.namespace === namespace),
    slices: () => [
      {
        apiVersion: "discovery.k8s.io/v1",
        kind: "EndpointSlice",
        metadata: { name: "s", uid: "s" },
        addressType: "IPv4",
        endpoints,
        ports: [],
      },
    ],
    serviceByAddress: () => undefined,
    slicesByAddress: () => [],
  };
}

export interface Parts {
  readonly upstreams?: readonly Upstream[];
  readonly forwarding?: Partial<ForwarderOptions>;
  readonly block?: Partial<ServerBlock>;
  readonly clock?: Clock;
  readonly searches?: readonly string[];
  readonly namespaceOf?: (address: string) => string | undefined;
  readonly own?: readonly string[];
}

/** A DNS server on loopback with what it is made of. */
export interface TestServer extends AsyncDisposable {
  readonly port: number;
  readonly responder: Responder;
  readonly loopGuard: LoopGuard;
  /** The cluster's names have changed. */
  change(): void;
}

export async function aServer(parts: Parts = {}): Promise<TestServer> {
  const { upstreams = [], clock = systemClock, searches = [], own = [] } = parts;
  await using stack = new AsyncDisposableStack();
  const tasks = stack.use(new TaskGroup(() => undefined));
  const loopGuard = new LoopGuard(own, noDnsProblems);
  const forwarder = new Forwarder(
    {
      upstreams: () => Promise.resolve(upstreams),
      policy: "sequential",
      ...parts.forwarding,
    },
    {
      loopGuard,
      clock,
      random: () => 0,
      tasks,
      metrics: noDnsMetrics.forward,
      problems: noDnsProblems,
      logger: silentLogger,
    },
  );
  const block: ServerBlock = {
    zones: [""],
    cache: cacheFor(30),
    log: false,
    rewrites: [],
    templates: [],
    hosts: [],
    kubernetes: true,
    fileZones: [],
    forwards: [{ from: "", except: [], forwarder, toItself: false }],
    ...parts.block,
  };
  const blocks = [block];
  let generation = 0;
  const responder = new Responder({
    resolver: new Resolver({
      view: aView(),
      blocks: () => blocks,
      hostSearches: () => Promise.resolve(searches),
    }),
    blocks: () => blocks,
    generation: () => generation,
    namespaceOf: parts.namespaceOf ?? (() => undefined),
    domain: "cluster.local",
    loopGuard,
    clock,
    metrics: noDnsMetrics,
    logger: silentLogger,
  });
  const server = stack.use(
    await startDnsServer({ address: LOOPBACK, port: 0 }, { responder, logger: silentLogger }),
  );
  const owned = stack.move();
  return {
    port: server.port,
    responder,
    loopGuard,
    change: () => {
      generation += 1;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** What a server outside says: an answer, bytes of its own, or nothing at all. */
export type Script = (query: Query, transport: "udp" | "tcp") => Partial<Answer> | Uint8Array | undefined;

export interface Outside extends AsyncDisposable, Upstream {
  /** What was asked, oldest first: `udp A example.com`. Probes for loops are left out. */
  readonly asked: string[];
}

/** Another DNS server, on loopback, that answers as a script says. */
export async function anOutside(script: Script): Promise<Outside> {
  const asked: string[] = [];
  const respond = (bytes: Uint8Array, { transport }: { transport: "udp" | "tcp" }) => {
    const query = parseQuery(bytes);
    if (query === undefined || "error" in query) return undefined;
    if (query.type === 13) return formatError({ ...query, error: RCODE.NXDOMAIN });
    asked.push(`${transport} ${String(query.type)} ${query.name}`);
    const said = script(query, transport);
    if (said === undefined || said instanceof Uint8Array) return said;
    const answer = {
      rcode: RCODE.NOERROR,
      authoritative: false,
      answers: [],
      authorities: [],
      additionals: [],
      ...said,
    };
    const maxSize = transport === "udp" ? { maxSize: query.udpSize } : {};
    return formatReply(query, encodeAnswer(query, answer), { ageSeconds: 0, turn: 0, ...maxSize });
  };
  const server: DnsServer = await startDnsServer(
    { address: LOOPBACK, port: 0 },
    { responder: { respond }, logger: silentLogger },
  );
  return {
    address: LOOPBACK,
    port: server.port,
    asked,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

export interface Ask {
  readonly transport?: "udp" | "tcp";
  readonly type?: "A" | "AAAA" | "SRV" | "PTR" | "TXT";
}

/** Asks a server on loopback as a client does. */
export function ask(
  { port }: { readonly port: number },
  name: string,
  { transport = "udp", type = "A" }: Ask = {},
): Promise<Decoded> {
  const query = encode({ type: "query", id: 9, flags: 256, questions: [{ name, type }] });
  return exchangeBytes(port, query, transport).then((bytes) => decode(Buffer.from(bytes)) as Decoded);
}

function exchangeBytes(port: number, query: Uint8Array, transport: "udp" | "tcp"): Promise<Uint8Array> {
  return new Promise((resolve) => {
    if (transport === "udp") {
      const socket = createSocket("udp4");
      socket.once("message", (message) => {
        socket.close();
        resolve(message);
      });
      socket.send(query, port, LOOPBACK);
      return;
    }
    const client = connect(port, LOOPBACK);
    readFrames(client, (message) => {
      client.destroy();
      resolve(message);
    });
    client.write(frame(query));
  });
}

/** What an answer says: `A 10.0.0.1`, or its code when it has no records. */
export function said({ rcode, answers = [] }: Decoded): readonly string[] {
  if (answers.length === 0) return [rcode];
  return answers.map((record) =>
    record.type === "A" || record.type === "AAAA" || record.type === "CNAME"
      ? `${record.type} ${record.data}`
      : record.type,
  );
}
