import type { Metrics } from "#observability/metrics.ts";
import type { CacheType } from "./answer-cache.ts";
import type { ForwardMetrics } from "./forwarder.ts";
import type { Question } from "./wire/query.ts";
import { codeName, RCODE, typeName } from "./wire/record-type.ts";
import type { EncodedAnswer } from "./wire/reply.ts";

export type Transport = "udp" | "tcp";

/** Who asks. */
export interface Client {
  readonly address: string;
  readonly transport: Transport;
}

/** What is counted of an answer. */
export interface Answered {
  readonly encoded: Pick<EncodedAnswer, "rcode">;
  readonly plugin: string;
}

export interface MessageSizes {
  readonly request: number;
  readonly response: number;
}

/** Counts what the DNS server does. */
export interface DnsMetrics {
  answered(client: Client, question: Question, answered: Answered, sizes: MessageSizes): void;
  took(seconds: number): void;
  /** A message was turned down before anybody looked for an answer. */
  refused(client: Client, rcode: number): void;
  looked(): void;
  hit(type: CacheType): void;
  missed(): void;
  prefetched(): void;
  servedStale(): void;
  evicted(type: CacheType): void;
  rejected(): void;
  /** Something keeps the server from answering as it was told to, by the reason of the Event that says so. */
  problem(reason: string): void;
  /** How many answers of a type are kept, read when the metrics are. */
  readEntries(count: (type: CacheType) => number): void;
  readonly forward: ForwardMetrics;
}

const nothing = (): void => undefined;

export const noDnsMetrics: DnsMetrics = {
  answered: nothing,
  took: nothing,
  refused: nothing,
  looked: nothing,
  hit: nothing,
  missed: nothing,
  prefetched: nothing,
  servedStale: nothing,
  evicted: nothing,
  rejected: nothing,
  problem: nothing,
  readEntries: nothing,
  forward: { asked: nothing, healthCheckFailed: nothing, allDown: nothing },
};

const SIZES = [0, 100, 200, 300, 400, 511, 1023, 2047, 4095, 8291, 16e3, 32e3, 48e3, 64e3];
/** 0.25 ms to 8 s, each twice the one before (`plugin.TimeBuckets`). */
const SECONDS = Array.from({ length: 16 }, (_, index) => 0.00025 * 2 ** index);
/** One server, one zone, no views: what CoreDNS of other distributions says of itself. */
const PLACE = { server: "dns://:53", zone: ".", view: "" };
const CACHE = { server: "dns://:53", zones: ".", view: "" };
const DROPPED = { ...PLACE, zone: "dropped" };

/** The metrics of CoreDNS, by its names (`plugin/metrics/vars`, `plugin/cache`, `plugin/forward`, `plugin/pkg/proxy`). Once per process. */
export function createDnsMetrics(metrics: Metrics): DnsMetrics {
  const queries = createQueryMetrics(metrics);
  const problems = metrics.counter({
    name: "kubelith_dns_problems_total",
    help: "Counter of what kept the cluster DNS from answering as it was told to, by the reason of its Event.",
    labels: ["reason"],
  });
  return {
    ...queries,
    ...createCacheMetrics(metrics),
    ...createForwardMetrics(metrics),
    problem: (reason) => problems.add({ reason }),
  };
}

type QueryMetrics = Pick<DnsMetrics, "answered" | "took" | "refused">;

function createQueryMetrics(metrics: Metrics): QueryMetrics {
  const place = ["server", "zone", "view"] as const;
  const requests = metrics.counter({
    name: "coredns_dns_requests_total",
    help: "Counter of DNS requests made per zone, protocol and family.",
    labels: [...place, "proto", "family", "type"],
  });
  const responses = metrics.counter({
    name: "coredns_dns_responses_total",
    help: "Counter of response status codes.",
    labels: [...place, "rcode", "plugin"],
  });
  const seconds = metrics
    .histogram({
      name: "coredns_dns_request_duration_seconds",
      help: "Histogram of the time (in seconds) each request took per zone.",
      labels: place,
      buckets: SECONDS,
    })
    .series(PLACE);
  const sizes = createSizeMetrics(metrics);
  // Found by short texts, because a search by labels costs more than the answer itself.
  const requestSeries = seriesBy((key: string) => {
    const [proto = "", family = "", type = ""] = key.split(" ");
    return requests.series({ ...PLACE, proto, family, type });
  });
  const responseSeries = seriesBy((key: string) => {
    const [rcode = "", plugin = ""] = key.split(" ");
    return responses.series({ ...PLACE, rcode, plugin });
  });
  return {
    answered: ({ address, transport }, { type }, { encoded, plugin }, { request, response }) => {
      requestSeries(`${transport} ${familyOf(address)} ${typeName(type)}`).add();
      responseSeries(`${codeName(encoded.rcode)} ${plugin}`).add();
      sizes(transport, request, response);
    },
    took: (duration) => seconds.observe(duration),
    refused: ({ address, transport }, rcode) => {
      requests.add({ ...DROPPED, proto: transport, family: familyOf(address), type: "other" });
      responses.add({ ...DROPPED, rcode: codeName(rcode), plugin: "" });
    },
  };
}

function createSizeMetrics(
  metrics: Metrics,
): (transport: Transport, requestSize: number, size: number) => void {
  const labels = ["server", "zone", "view", "proto"] as const;
  const request = metrics.histogram({
    name: "coredns_dns_request_size_bytes",
    help: "Size of the EDNS0 UDP buffer in bytes (64K for TCP) per zone and protocol.",
    labels,
    buckets: SIZES,
  });
  const response = metrics.histogram({
    name: "coredns_dns_response_size_bytes",
    help: "Size of the returned response in bytes.",
    labels,
    buckets: SIZES,
  });
  const series = seriesBy((proto: Transport) => ({
    request: request.series({ ...PLACE, proto }),
    response: response.series({ ...PLACE, proto }),
  }));
  return (transport, requestSize, size) => {
    const own = series(transport);
    own.request.observe(requestSize);
    own.response.observe(size);
  };
}

type CacheMetrics = Pick<
  DnsMetrics,
  "looked" | "hit" | "missed" | "prefetched" | "servedStale" | "evicted" | "readEntries"
>;

function createCacheMetrics(metrics: Metrics): CacheMetrics {
  const labels = ["server", "zones", "view"] as const;
  const counter = (name: string, help: string) =>
    metrics.counter({ name: `coredns_cache_${name}`, help, labels }).series(CACHE);
  const typed = (name: string, help: string) => {
    const family = metrics.counter({ name: `coredns_cache_${name}`, help, labels: [...labels, "type"] });
    return seriesBy((type: CacheType) => family.series({ ...CACHE, type }));
  };
  const requests = counter("requests_total", "The count of cache requests.");
  const misses = counter(
    "misses_total",
    "The count of cache misses. Deprecated, derive misses from cache hits/requests counters.",
  );
  const prefetches = counter("prefetch_total", "The number of times the cache has prefetched a cached item.");
  const stale = counter("served_stale_total", "The number of requests served from stale cache entries.");
  const hits = typed("hits_total", "The count of cache hits.");
  const evictions = typed("evictions_total", "The count of cache evictions.");
  return {
    looked: () => requests.add(),
    missed: () => misses.add(),
    prefetched: () => prefetches.add(),
    servedStale: () => stale.add(),
    hit: (type) => hits(type).add(),
    evicted: (type) => evictions(type).add(),
    readEntries: (count) =>
      metrics.readGauges(
        { name: "coredns_cache_entries", help: "The number of elements in the cache." },
        () =>
          (["success", "denial"] as const).map((type) => ({
            labels: { ...CACHE, type },
            value: count(type),
          })),
      ),
  };
}

function createForwardMetrics(metrics: Metrics): Pick<DnsMetrics, "forward" | "rejected"> {
  const seconds = metrics.histogram({
    name: "coredns_proxy_request_duration_seconds",
    help: "Histogram of the time each request took.",
    labels: ["proxy_name", "to", "rcode"],
    buckets: SECONDS,
  });
  const failures = metrics.counter({
    name: "coredns_proxy_healthcheck_failures_total",
    help: "Counter of the number of failed healthchecks.",
    labels: ["proxy_name", "to"],
  });
  const broken = metrics.counter({
    name: "coredns_forward_healthcheck_broken_total",
    help: "Counter of the number of complete failures of the healthchecks.",
    labels: [],
  });
  const rejects = metrics.counter({
    name: "coredns_forward_max_concurrent_rejects_total",
    help: "Counter of the number of queries rejected because the concurrent queries were at maximum.",
    labels: [],
  });
  const own = { proxy_name: "forward" };
  return {
    rejected: () => rejects.add({}),
    forward: {
      asked: (to, rcode, duration) =>
        seconds.observe({ ...own, to, rcode: codeName(rcode ?? RCODE.SERVFAIL) }, duration),
      healthCheckFailed: (to) => failures.add({ ...own, to }),
      allDown: () => broken.add({}),
    },
  };
}

/** IANA's numbers of address families. */
function familyOf(address: string): string {
  return address.includes(":") ? "2" : "1";
}

/** Remembers what was made for a key. */
function seriesBy<K, S>(create: (key: K) => S): (key: K) => S {
  const known = new Map<K, S>();
  return (key) => {
    const series = known.get(key) ?? create(key);
    known.set(key, series);
    return series;
  };
}
