import { describe, expect, test } from "bun:test";
import { Readable } from "node:stream";
import { Exchange } from "#https/exchange.ts";
import { Metrics } from "#observability/metrics.ts";
import { parseRequestInfo } from "./request-info.ts";
import { RequestMetrics } from "./request-metrics.ts";

async function countedAs(request: string, route: string | undefined, contentType?: string): Promise<string> {
  const [method = "", url = ""] = request.split(" ");
  const headers = contentType === undefined ? {} : { "content-type": contentType };
  const peer = { address: "" };
  const exchange = new Exchange({ method, url, headers, peer, requestId: "", body: Readable.from([]) });
  const info = parseRequestInfo(method, exchange.path, exchange.query);
  if (info === undefined) throw new TypeError("No possible path");
  const metrics = new Metrics();
  new RequestMetrics(metrics).start(exchange, info, { route, startedAt: 0 })(200, 500);
  const line = /^apiserver_request_total\{(.*)\} 1$/m.exec(await metrics.expose())?.[1] ?? "";
  return line
    .replaceAll(/,?\w+=""/g, "")
    .replace(',component="apiserver",code="200"', "")
    .replaceAll('"', "");
}

describe("RequestMetrics", () => {
  const cases: { request: string; route?: string; contentType?: string; want: string }[] = [
    { request: "GET /api/v1/pods", route: "pods", want: "verb=LIST,version=v1,resource=pods,scope=cluster" },
    {
      request: "GET /api/v1/namespaces/a/pods?watch=1",
      route: "pods",
      want: "verb=WATCH,version=v1,resource=pods,scope=namespace",
    },
    {
      request: "HEAD /api/v1/namespaces/a/pods/b",
      route: "pods",
      want: "verb=GET,version=v1,resource=pods,scope=resource",
    },
    {
      request: "POST /apis/apps/v1/namespaces/a/deployments?dryRun=All",
      route: "deployments",
      want: "verb=POST,dry_run=All,group=apps,version=v1,resource=deployments,scope=resource",
    },
    {
      request: "PATCH /api/v1/nodes/a/status",
      route: "nodes",
      contentType: "application/apply-patch+yaml",
      want: "verb=APPLY,version=v1,resource=nodes,subresource=status,scope=resource",
    },
    {
      request: "GET /api/v1/namespaces/a/pods/b/log",
      route: "pods",
      want: "verb=CONNECT,version=v1,resource=pods,subresource=log,scope=resource",
    },
    { request: "GET /healthz", route: "/healthz", want: "verb=GET,subresource=/healthz" },
    { request: "GET /api/v1/made/up", want: "verb=GET" },
    { request: "FOO /bar", want: "verb=other" },
  ];
  test.each(cases)("$request", async ({ request, route, contentType, want }) => {
    expect(await countedAs(request, route, contentType)).toBe(want);
  });

  test("tells what is being answered, and how long it took", async () => {
    const metrics = new Metrics();
    const requests = new RequestMetrics(metrics);
    const exchange = new Exchange({
      method: "GET",
      url: "/version",
      headers: {},
      peer: { address: "" },
      requestId: "",
      body: Readable.from([]),
    });
    const info = { isResourceRequest: false, verb: "get", path: "/version" } as const;
    const end = requests.start(exchange, info, { route: "/version", startedAt: 1000 });
    expect(await metrics.expose()).toContain(
      'apiserver_current_inflight_requests{request_kind="readOnly"} 1',
    );
    end(200, 1300);
    const text = await metrics.expose();
    expect(text).toContain('apiserver_current_inflight_requests{request_kind="readOnly"} 0');
    expect(text).toMatch(/apiserver_request_duration_seconds_sum\{.*\} 0\.3/);
  });

  test("tells of running watches with upstream's labels", async () => {
    const metrics = new Metrics();
    const path = "/api/v1/pods";
    const info = parseRequestInfo("GET", path, new URLSearchParams("watch=1"));
    if (info === undefined) throw new TypeError("The path is not understood");
    const exchange = new Exchange({
      method: "GET",
      url: `${path}?watch=1`,
      headers: {},
      peer: { address: "" },
      requestId: "",
      body: Readable.from([]),
    });
    new RequestMetrics(metrics).start(exchange, info, { route: "pods", startedAt: 1000 });
    expect(await metrics.expose()).toContain(
      'apiserver_longrunning_requests{verb="WATCH",group="",version="v1",resource="pods",subresource="",scope="cluster",component="apiserver"} 1',
    );
  });
});
