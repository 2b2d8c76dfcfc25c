import type { Counter, Gauge, Histogram, Metrics } from "#observability/metrics.ts";
import type { Exchange } from "./exchange.ts";
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
  readonly #requests: Counter<RequestLabel | "code">;
  readonly #durations: Histogram<RequestLabel>;
  readonly #longRunning: Gauge<Exclude<RequestLabel, "dry_run">>;
  readonly #inflight: Gauge<"request_kind">;

  constructor(metrics: Metrics) {
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
    const labels = labelsOf(exchange, info, route);
    const { dry_run: _, ...longRunningLabels } = labels;
    const kind = { request_kind: READING_VERBS.includes(info.verb) ? "readOnly" : "mutating" };
    const move = isLongRunning(info)
      ? (step: number) => this.#longRunning.add(longRunningLabels, step)
      : (step: number) => this.#inflight.add(kind, step);
    move(1);
    return (code, endedAt) => {
      move(-1);
      this.#requests.add({ ...labels, code: String(code) });
      this.#durations.observe(labels, (endedAt - startedAt) / 1000);
    };
  }
}

export interface RequestStart {
  /** The resource that is served or the pattern of the path; undefined where nothing is. */
  readonly route: string | undefined;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
}

export type RequestEnd = (code: number, endedAt: number) => void;

type Labels = Record<RequestLabel, string>;

function labelsOf(exchange: Exchange, info: RequestInfo, route: string | undefined): Labels {
  const base = { ...NO_LABELS, dry_run: dryRunLabel(exchange.query) };
  if (!info.isResourceRequest || route === undefined) {
    return { ...base, verb: methodLabel(exchange.method, ""), subresource: route ?? "" };
  }
  const { group, version, resource, subresource = "" } = info.target;
  return {
    ...base,
    verb: verbLabel(exchange, info),
    group,
    version,
    resource,
    subresource,
    scope: scopeOf(info),
  };
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
  const values = query.getAll("dryRun");
  if (values.length === 0) return "";
  return values.every((value) => value === "All") ? "All" : "invalid";
}

function verbLabel({ method, headers }: Exchange, info: ResourceRequestInfo): string {
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
