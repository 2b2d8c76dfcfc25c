import { expect, test } from "bun:test";
import { anAuditEvent } from "#testing/audit-events.ts";
import { FakeClock } from "#testing/fake-clock.ts";
import { Flush } from "./flush.ts";
import { WebhookBackend } from "./webhook-backend.ts";

function setUp(failures: readonly Error[]) {
  const clock = new FakeClock();
  const flush = new Flush();
  const bodies: string[] = [];
  const lost: string[] = [];
  const backend = new WebhookBackend(
    { initialBackoffMs: 10_000 },
    {
      webhook: {
        send: async (body) => {
          bodies.push(body);
          const failure = failures[bodies.length - 1];
          if (failure !== undefined) throw failure;
        },
      },
      metrics: { lost: (plugin, error, events) => lost.push(`${plugin} ${String(events)} ${String(error)}`) },
      flush,
      clock,
      random: () => 0,
    },
  );
  return { backend, clock, flush, bodies, lost };
}

const refusal = new Error("503 Service Unavailable");

test("posts a list, whose items have no kind", async () => {
  const { backend, bodies } = setUp([]);
  expect(await backend.process([anAuditEvent("a"), anAuditEvent("b")])).toBeTrue();
  const [body = ""] = bodies;
  expect(body).toStartWith(
    '{"kind":"EventList","apiVersion":"audit.k8s.io/v1","metadata":{},"items":[{"level":',
  );
  const { items } = JSON.parse(body) as { items: { auditID: string }[] };
  expect(items.map(({ auditID }) => auditID)).toEqual(["a", "b"]);
});

test("tries again, after ever longer times, and loses the events with the fifth failure", async () => {
  const { backend, clock, bodies, lost } = setUp(Array.from({ length: 5 }, () => refusal));
  const recorded = backend.process([anAuditEvent("a"), anAuditEvent("b")]);
  const tries: number[] = [];
  for (const ms of [0, 9_999, 1, 15_000, 22_500, 33_749, 1]) {
    await clock.advance(ms);
    tries.push(bodies.length);
  }
  expect(tries).toEqual([1, 1, 2, 3, 4, 4, 5]);
  expect(await recorded).toBeFalse();
  expect(lost).toEqual(["webhook 2 Error: 503 Service Unavailable"]);
});

test("a server that stops tries once more at once", async () => {
  const { backend, clock, flush, bodies, lost } = setUp([refusal]);
  const recorded = backend.process([anAuditEvent("a")]);
  await clock.advance(0);
  expect(bodies).toHaveLength(1);
  using _ = flush.begin(clock);
  await backend[Symbol.asyncDispose]();
  expect(await recorded).toBeTrue();
  expect([bodies.length, lost.length]).toEqual([2, 0]);
});
