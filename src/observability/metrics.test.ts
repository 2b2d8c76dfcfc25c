import { expect, test } from "bun:test";
import { Metrics } from "./metrics.ts";

test("Metrics exposes what was counted in the Prometheus text format", async () => {
  const metrics = new Metrics();
  const requests = metrics.counter({ name: "requests_total", help: "Requests.", labels: ["verb"] });
  requests.add({ verb: "GET" });
  requests.add({ verb: "GET" }, 2);
  metrics.gauge({ name: "inflight", help: "In flight.", labels: ["kind"] }).add({ kind: "mutating" }, 1);
  const latency = metrics.histogram({
    name: "latency_seconds",
    help: "Latency.",
    labels: [],
    buckets: [0.1, 1],
  });
  latency.observe({}, 0.5);
  metrics.readGauge({ name: "answer", help: "Answer." }, () => 42);
  metrics.readCounter({ name: "seconds_total", help: "Seconds." }, () => 7);
  await metrics.expose();
  expect(await metrics.expose()).toBe(`# HELP requests_total Requests.
# TYPE requests_total counter
requests_total{verb="GET"} 3

# HELP inflight In flight.
# TYPE inflight gauge
inflight{kind="mutating"} 1

# HELP latency_seconds Latency.
# TYPE latency_seconds histogram
latency_seconds_bucket{le="0.1"} 0
latency_seconds_bucket{le="1"} 1
latency_seconds_bucket{le="+Inf"} 1
latency_seconds_sum 0.5
latency_seconds_count 1

# HELP answer Answer.
# TYPE answer gauge
answer 42

# HELP seconds_total Seconds.
# TYPE seconds_total counter
seconds_total 7
`);
  expect(metrics.contentType).toBe("text/plain; version=0.0.4; charset=utf-8");
});

test("two sets of metrics know nothing of each other", async () => {
  const options = { name: "requests_total", help: "Requests.", labels: [] };
  new Metrics().counter(options).add({});
  const other = new Metrics();
  other.counter(options);
  expect(await other.expose()).toContain("requests_total 0");
});
