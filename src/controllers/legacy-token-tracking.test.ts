import { describe, expect, test } from "bun:test";
import type { ConfigMap } from "#api/generated/core-v1.ts";
import { planTokenTracking } from "./legacy-token-tracking.ts";

const NOW = new Date("2026-11-29T23:59:59Z");

function aTracking(data: Record<string, string>): ConfigMap {
  const metadata = {
    namespace: "kube-system",
    name: "kube-apiserver-legacy-service-account-token-tracking",
    uid: "u1",
  };
  return { apiVersion: "v1", kind: "ConfigMap", metadata, data } as ConfigMap;
}

function written(configMap: ConfigMap | undefined): unknown {
  return planTokenTracking({ configMap, now: NOW }).actions.map((action) =>
    "object" in action ? [action.type, (action.object as ConfigMap).data] : action.type,
  );
}

describe("planTokenTracking", () => {
  test("writes down the day in UTC", () => {
    expect(written(undefined)).toEqual([["create", { since: "2026-11-29" }]]);
  });

  test("keeps an earlier day", () => {
    expect(written(aTracking({ since: "2025-01-31" }))).toEqual([]);
  });

  test.each(["", "yesterday", "2025-02-30", "2025-1-1"])("replaces what is no day: %p", (since) => {
    expect(written(aTracking({ since, note: "mine" }))).toEqual([
      ["update", { since: "2026-11-29", note: "mine" }],
    ]);
  });
});
