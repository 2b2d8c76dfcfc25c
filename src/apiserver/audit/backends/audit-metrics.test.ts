import { expect, test } from "bun:test";
import { createLogger } from "#observability/create-logger.ts";
import { Metrics } from "#observability/metrics.ts";
import { FakeClock } from "#testing/fake-clock.ts";
import { AuditMetrics } from "./audit-metrics.ts";

test("every event that is lost counts, and the log is told of it now and then", async () => {
  const clock = new FakeClock();
  const metrics = new Metrics();
  const lines: string[] = [];
  const logger = createLogger(
    { format: "text", level: "info" },
    { clock, write: (line) => lines.push(line) },
  );
  const audit = new AuditMetrics({ metrics, clock, logger });
  audit.lost("webhook", new Error("away"), 400);
  audit.lost("webhook", new Error("away"), 2);
  audit.lost("log", new Error("the disk is full"), 1);
  expect(lines).toHaveLength(2);
  await clock.advance(10_000);
  audit.lost("webhook", new Error("away"), 1);
  expect(lines).toHaveLength(3);
  expect(lines[0]).toContain("Lost audit events");
  const text = await metrics.expose();
  expect(text).toContain('apiserver_audit_error_total{plugin="webhook"} 403');
  expect(text).toContain('apiserver_audit_error_total{plugin="log"} 1');
});
