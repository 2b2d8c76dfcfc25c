import { omit } from "#base/omit.ts";
import type { Exchange } from "#https/exchange.ts";
import type { Counter, Gauge, Histogram, Metrics } from "#observability/metrics.ts";
import { AuthenticationMetrics } from "./authentication-metrics.ts";
import { isConnect, isLongRunning, type RequestInfo, type ResourceRequestInfo } from "./request-info.ts";

type RequestLabel =
  | "verb"
  | "dry_run"
  | "group"
  | "version"
  | "resource"
  | "subresource"
  | "scope"
  | "component";

const REQUEST_LABELS: readonly RequestLabel[] = [
  "verb",
  "dry_run",
  "group",
  "version",
  "resource",
  "subresource",
  "scope",
  "component",
];

/** Those of apiserver `pkg/endpoints/metrics/metrics.go`. */
const LATENCY_BUCKETS = [
  0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60,
];

/** Methods that are reported as they are, besides those that read; what clients make up is counted together. */
const METHODS: readonly string[] = ["POST", "PUT", "PATCH", "DELETE"];
const READING_VERBS: readonly string[] = ["get", "list", "watch"];

/** Counts requests under the names of kube-apiserver. */
export class RequestMetrics {
  readonly authentication: AuthenticationMetrics;
  readonly #requests: Counter<RequestLabel | "code">;
  readonly #durations: Histogram<RequestLabel>;
  readonly #longRunning: Gauge<Exclude<RequestLabel, "dry_run">>;
  readonly #inflight: Gauge<"request_kind">;
  readonly #series = new Map<string, RequestSeries>();

  constructor(metrics: Metrics) {
    this.authentication = new AuthenticationMetrics(metrics);
    this.#requests = metrics.counter({
      name: "apiserver_request_total",
      help: "Counter of apiserver requests broken out for each verb, dry run value, group, version, resource, scope, component, and HTTP response code.",
      labels: [...REQUEST_LABELS, "code"],
    });
    this.#durations = metrics.histogram({
      name: "apiserver_request_duration_seconds",
      help: "Response latency distribution in seconds for each verb, dry run value, group, version, resource, subresource, scope and component.",
      labels: REQUEST_LABELS,
      buckets: LATENCY_BUCKETS,
    });
    this.#longRunning = metrics.gauge({
      name: "apiserver_longrunning_requests",
      help: "Gauge of all active long-running apiserver requests broken out by verb, group, version, resource, scope and component. Not all requests are tracked this way.",
      labels: REQUEST_LABELS.filter((label) => label !== "dry_run"),
    });
    this.#inflight = metrics.gauge({
      name: "apiserver_current_inflight_requests",
      help: "Maximal number of currently used inflight request limit of this apiserver per request kind in last second.",
      labels: ["request_kind"],
    });
  }

  /**
   * Call when a request starts; the result must be called once with its status code when it has been answered.
   * `route` is the pattern that serves it: what clients make up must not become a label.
   */
  start(exchange: Exchange, info: RequestInfo, { route, startedAt }: RequestStart): RequestEnd {
    const series = this.#seriesOf(exchange, info, route);
    series.running.add(1);
    return (code, endedAt) => {
      series.running.add(-1);
      series.duration.observe((endedAt - startedAt) / 1000);
      this.#countOf(series, code).add();
    };
  }

  /** Requests that look alike share their series, which are found by what makes up their labels. */
  #seriesOf(exchange: Exchange, info: RequestInfo, route: string | undefined): RequestSeries {
    const dryRun = dryRunLabel(exchange.query);
    const verb = verbLabel(exchange, info, route);
    let key = `${verb} ${dryRun} ${route ?? ""}`;
    if (info.isResourceRequest && route !== undefined) {
      const { group, version, subresource = "" } = info.target;
      key += ` ${group}/${version} ${subresource} ${scopeOf(info)}`;
    }
    const known = this.#series.get(key);
    if (known !== undefined) return known;
    const created = this.#createSeries({ ...targetLabels(info, route), verb, dry_run: dryRun }, info);
    this.#series.set(key, created);
    return created;
  }

  #createSeries(labels: Labels, info: RequestInfo): RequestSeries {
    const kind = { request_kind: READING_VERBS.includes(info.verb) ? "readOnly" : "mutating" };
    const running = isLongRunning(info)
      ? this.#longRunning.series(omit(labels, "dry_run"))
      : this.#inflight.series(kind);
    return { labels, running, duration: this.#durations.series(labels), counts: new Map() };
  }

  #countOf({ labels, counts }: RequestSeries, code: number) {
    const known = counts.get(code) ?? this.#requests.series({ ...labels, code: String(code) });
    counts.set(code, known);
    return known;
  }
}

interface RequestSeries {
  readonly labels: Labels;
  readonly running: ReturnType<Gauge<never>["series"]>;
  readonly duration: ReturnType<Histogram<never>["series"]>;
  /** By status code. */
  readonly counts: Map<number, ReturnType<Counter<never>["series"]>>;
}

export interface RequestStart {
  /** The resource that is served or the pattern of the path; undefined where nothing is. */
  readonly route: string | undefined;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
}

export type RequestEnd = (code: number, endedAt: number) => void;

type Labels = Readonly<Record<RequestLabel, string>>;

function targetLabels(info: RequestInfo, route: string | undefined): Labels {
  if (!info.isResourceRequest || route === undefined) return { ...NO_LABELS, subresource: route ?? "" };
  const { group, version, resource, subresource = "" } = info.target;
  return { ...NO_LABELS, group, version, resource, subresource, scope: scopeOf(info) };
}

const NO_LABELS: Labels = {
  verb: "",
  dry_run: "",
  group: "",
  version: "",
  resource: "",
  subresource: "",
  scope: "",
  component: "apiserver",
};

function dryRunLabel(query: URLSearchParams): string {
  if (!query.has("dryRun")) return "";
  return query.getAll("dryRun").every((value) => value === "All") ? "All" : "invalid";
}

function verbLabel({ method, headers }: Exchange, info: RequestInfo, route: string | undefined): string {
  if (!info.isResourceRequest || route === undefined) return methodLabel(method, "");
  if (isConnect(info.target)) return "CONNECT";
  if (info.verb === "watch") return "WATCH";
  const isApply = method === "PATCH" && headers["content-type"] === "application/apply-patch+yaml";
  return isApply ? "APPLY" : methodLabel(method, scopeOf(info));
}

function methodLabel(method: string, scope: string): string {
  if (method !== "GET" && method !== "HEAD") return METHODS.includes(method) ? method : "other";
  return scope === "namespace" || scope === "cluster" ? "LIST" : "GET";
}

function scopeOf({ verb, target }: ResourceRequestInfo): string {
  if (target.name !== undefined || verb === "create") return "resource";
  return target.namespace === undefined ? "cluster" : "namespace";
}
