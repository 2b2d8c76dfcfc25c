/** A DNS server with many Services and an upstream of its own, for test/bench/dns.ts: prints its port. */

import type { Service } from "#api/generated/core-v1.ts";
import { systemClock } from "#base/clock.ts";
import { TaskGroup } from "#base/task-group.ts";
import { cacheFor } from "#network/dns/corefile/read-cache.ts";
import { createDnsMetrics } from "#network/dns/dns-metrics.ts";
import { noDnsProblems } from "#network/dns/dns-problems.ts";
import { startDnsServer } from "#network/dns/dns-server.ts";
import { Forwarder } from "#network/dns/forwarder.ts";
import { LoopGuard } from "#network/dns/loop-guard.ts";
import { Resolver } from "#network/dns/resolver.ts";
import { Responder } from "#network/dns/responder.ts";
import { parseQuery } from "#network/dns/wire/query.ts";
import { addressRecord } from "#network/dns/wire/record.ts";
import { encodeAnswer, formatReply } from "#network/dns/wire/reply.ts";
import { found } from "#network/dns/zone-answer.ts";
import type { ZoneView } from "#network/dns/zone-view.ts";
import { silentLogger } from "#observability/logger.ts";
import { Metrics } from "#observability/metrics.ts";

const LOOPBACK = "127.0.0.1";

const logger = silentLogger;
const outside = await startDnsServer(
  { address: LOOPBACK, port: 0 },
  { responder: { respond: answerAnything }, logger },
);
const metrics = createDnsMetrics(new Metrics());
const loopGuard = new LoopGuard([], noDnsProblems);
const forwarder = new Forwarder(
  { upstreams: () => Promise.resolve([{ address: LOOPBACK, port: outside.port }]) },
  {
    loopGuard,
    clock: systemClock,
    random: Math.random,
    tasks: new TaskGroup(() => undefined),
    metrics: metrics.forward,
    problems: noDnsProblems,
    logger,
  },
);
const blocks = [
  {
    zones: [""],
    cache: cacheFor(3600),
    log: false,
    rewrites: [],
    templates: [],
    hosts: [],
    kubernetes: true,
    fileZones: [],
    forwards: [{ from: "", except: [], forwarder, toItself: false }],
  },
];
const view = aView(10_000);
let generation = 0;
/** `changes`: Services change a hundred times a second. */
if (process.argv[2] === "changes") setInterval(() => (generation += 1), 10);
const responder = new Responder({
  resolver: new Resolver({ view, blocks: () => blocks, hostSearches: () => Promise.resolve([]) }),
  blocks: () => blocks,
  generation: () => generation,
  namespaceOf: (address) => (address === LOOPBACK ? "default" : undefined),
  domain: view.domain,
  loopGuard,
  clock: systemClock,
  metrics,
  logger,
});
const server = await startDnsServer({ address: LOOPBACK, port: 0 }, { responder, logger });
console.log(server.port);

function answerAnything(bytes: Uint8Array): Uint8Array | undefined {
  const query = parseQuery(bytes);
  if (query === undefined || "error" in query) return undefined;
  const answer = found([addressRecord(query.name, 3600, "192.0.2.1")]);
  return formatReply(query, encodeAnswer(query, answer), { ageSeconds: 0, turn: 0 });
}

function aView(count: number): ZoneView {
  const services = new Map<string, Service>();
  for (let index = 0; index < count; index += 1) {
    const name = `service-${String(index)}`;
    const clusterIP = `10.43.${String(index >> 8)}.${String(index & 255)}`;
    services.set(name, {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name, namespace: "default", uid: name },
      spec: { clusterIP, clusterIPs: [clusterIP], ports: [{ name: "http", port: 80 }] },
    });
  }
  return {
    domain: "cluster.local",
    networks: [],
    isSynced: true,
    serial: 1,
    hasNamespace: (name) => name === "default",
    service: (namespace, name) => (namespace === "default" ? services.get(name) : undefined),
    slices: () => [],
    serviceByAddress: () => undefined,
    slicesByAddress: () => [],
  };
}
