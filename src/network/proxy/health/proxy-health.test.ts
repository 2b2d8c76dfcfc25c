import { describe, expect, test } from "bun:test";
import type { Node } from "#api/generated/core-v1.ts";
import { FakeClock } from "#testing/fake-clock.ts";
import { answerProxyHealth } from "./health-answer.ts";
import { isNodeEligible, ProxyHealth } from "./proxy-health.ts";

const START = "2026-01-01T00:00:00.000Z";

function world() {
  const clock = new FakeClock(Date.parse(START));
  const health = new ProxyHealth(clock);
  let isEligible = true;
  const answer = answerProxyHealth(health, () => isEligible);
  const ask = (path: string) => {
    const { status, body } = answer(path);
    return { code: status, report: JSON.parse(body) as Record<string, unknown> };
  };
  return { clock, health, answer, ask, cordon: () => (isEligible = false) };
}

describe("the health of the service proxy", () => {
  test("is good while it starts", () => {
    const { answer } = world();
    expect(answer("/healthz")).toEqual({
      status: 200,
      headers: { "Content-Type": "application/json", "X-Content-Type-Options": "nosniff" },
      body: `{"lastUpdated":"${START}","currentTime":"${START}","nodeEligible":true,"healthy":true,"status":{}}`,
    });
  });

  test("is good while a change is not late", async () => {
    const { clock, health, ask } = world();
    health.updated("IPv4");
    health.queued("IPv4");
    await clock.advance(59_999);
    expect(ask("/healthz")).toMatchObject({ code: 200, report: { healthy: true } });
  });

  test("is bad when a change of one family is late, counted from the first one, and good again with the rules", async () => {
    const { clock, health, ask } = world();
    health.updated("IPv4");
    health.updated("IPv6");
    health.queued("IPv6");
    await clock.advance(30_000);
    health.queued("IPv6");
    await clock.advance(30_000);
    const status = {
      IPv4: { lastUpdated: START, healthy: true },
      IPv6: { lastUpdated: START, healthy: false },
    };
    expect(ask("/healthz")).toMatchObject({
      code: 503,
      report: { status, healthy: false, lastUpdated: START },
    });
    expect(ask("/livez").code).toBe(503);
    health.updated("IPv6");
    expect(ask("/healthz")).toMatchObject({
      code: 200,
      report: { healthy: true, lastUpdated: "2026-01-01T00:01:00.000Z" },
    });
  });

  test("says with /healthz alone that the node is going", () => {
    const { ask, cordon } = world();
    cordon();
    expect(ask("/healthz")).toMatchObject({ code: 503, report: { nodeEligible: false, healthy: true } });
    expect(ask("/livez").code).toBe(200);
    expect(ask("/livez").report).not.toHaveProperty("nodeEligible");
  });

  test("is not told by other paths", () => {
    expect(world().answer("/metrics")).toMatchObject({ status: 404, body: "404 page not found\n" });
  });
});

describe("isNodeEligible", () => {
  const metadata = { name: "n1", uid: "u", resourceVersion: "1", creationTimestamp: START };
  const node: Node = { apiVersion: "v1", kind: "Node", metadata, spec: {} };
  const taint = { key: "ToBeDeletedByClusterAutoscaler", effect: "NoSchedule" } as const;
  test.each([
    { name: "a node", of: node, want: true },
    { name: "a node that is not there", of: undefined, want: false },
    {
      name: "a node with another taint",
      of: { ...node, spec: { taints: [{ ...taint, key: "x" }] } },
      want: true,
    },
    { name: "a node that the autoscaler removes", of: { ...node, spec: { taints: [taint] } }, want: false },
    {
      name: "a node that is being deleted",
      of: { ...node, metadata: { ...metadata, deletionTimestamp: START } },
      want: false,
    },
  ])("$name: $want", ({ of, want }) => {
    expect(isNodeEligible(of)).toBe(want);
  });
});
