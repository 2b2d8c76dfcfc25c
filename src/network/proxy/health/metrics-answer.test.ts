import { describe, expect, test } from "bun:test";
import { Metrics } from "#observability/metrics.ts";
import { answerMetrics } from "./metrics-answer.ts";

describe("answerMetrics", () => {
  const metrics = new Metrics();
  metrics.counter({ name: "kubeproxy_things_total", help: "Things", labels: [] }).add({});
  metrics.counter({ name: "apiserver_things_total", help: "Things", labels: [] }).add({});
  const answer = answerMetrics({
    mode: "nftables",
    expose: () => metrics.expose(/^kubeproxy_/),
    contentType: metrics.contentType,
  });

  test.each([
    { path: "/healthz", status: 200, body: "ok" },
    { path: "/proxyMode", status: 200, body: "nftables" },
    {
      path: "/metrics",
      status: 200,
      body: "# HELP kubeproxy_things_total Things\n# TYPE kubeproxy_things_total counter\nkubeproxy_things_total 1\n",
    },
    { path: "/configz", status: 404, body: "404 page not found\n" },
  ])("answers $path", async ({ path, ...want }) => {
    expect(await answer(path)).toMatchObject(want);
  });
});
