import { expect, test } from "bun:test";
import { Metrics } from "./metrics.ts";

test("Metrics exposes what was counted in the Prometheus text format", async () => {
  const metrics = new Metrics();
  const requests = metrics.counter({ name: "requests_total", help: "Requests.", labels: ["verb", "code"] });
  requests.add({ verb: "GET", code: "200" });
  requests.add({ code: "200", verb: "GET" }, 2);
  requests.add({ verb: "GE", code: "T200" });
  metrics.gauge({ name: "inflight", help: "In flight.", labels: ["kind"] }).add({ kind: 'a"b' }, 1);
  const latency = metrics.histogram({
    name: "latency_seconds",
    help: "Latency.",
    labels: [],
    buckets: [0.1, 1],
  });
  for (const value of [0.05, 0.1, 0.5, 2]) latency.observe({}, value);
  metrics.readGauge({ name: "answer", help: "Answer." }, () => 42);
  metrics.readCounter({ name: "seconds_total", help: "Seconds." }, () => 7);
  expect(await metrics.expose()).toBe(`# HELP requests_total Requests.
# TYPE requests_total counter
requests_total{verb="GET",code="200"} 3
requests_total{verb="GE",code="T200"} 1

# HELP inflight In flight.
# TYPE inflight gauge
inflight{kind="a\\"b"} 1

# HELP latency_seconds Latency.
# TYPE latency_seconds histogram
latency_seconds_bucket{le="0.1"} 2
latency_seconds_bucket{le="1"} 3
latency_seconds_bucket{le="+Inf"} 4
latency_seconds_sum 2.65
latency_seconds_count 4

# HELP answer Answer.
# TYPE answer gauge
answer 42

# HELP seconds_total Seconds.
# TYPE seconds_total counter
seconds_total 7
`);
  expect(metrics.contentType).toBe("text/plain; version=0.0.4; charset=utf-8");
});

test("a series counts under its labels", async () => {
  const metrics = new Metrics();
  const gauge = metrics.gauge({ name: "inflight", help: "In flight.", labels: ["kind"] });
  const series = gauge.series({ kind: "a" });
  series.add(2);
  gauge.add({ kind: "a" }, 3);
  expect(await metrics.expose()).toContain('inflight{kind="a"} 5');
});

test("two sets of metrics know nothing of each other", async () => {
  const options = { name: "requests_total", help: "Requests.", labels: [] };
  new Metrics().counter(options).add({});
  const other = new Metrics();
  other.counter(options);
  expect(await other.expose()).toContain("requests_total 0");
});

test("a name can be declared once", () => {
  const metrics = new Metrics();
  metrics.counter({ name: "requests_total", help: "Requests.", labels: [] });
  expect(() => metrics.gauge({ name: "requests_total", help: "Requests.", labels: [] })).toThrow(
    "already been registered",
  );
});
