import { describe, expect, test } from "bun:test";
import { nodeRequestAttributes } from "./request-attributes.ts";
import { findRoute, type KubeletRoute } from "./route.ts";

const answer: KubeletRoute["answer"] = () => Promise.reject(new Error("not asked for here"));
const ROUTES: readonly KubeletRoute[] = [
  { methods: ["GET"], path: "/pods", answer },
  { methods: ["GET", "POST"], path: "/exec/{namespace}/{pod}/{container}", answer },
  { methods: ["POST"], path: "/run/{pod}", answer },
  { methods: ["GET"], path: "/run/{pod}", answer },
];

describe("findRoute", () => {
  test.each([
    ["GET", "/pods", "/pods", {}],
    ["GET", "/pods/", "/pods", {}],
    [
      "POST",
      "/exec/default/web/app",
      "/exec/{namespace}/{pod}/{container}",
      { namespace: "default", pod: "web", container: "app" },
    ],
    ["GET", "/run/web", "/run/{pod}", { pod: "web" }],
  ])("%s %s is %s", (method, path, want, parameters) => {
    const found = findRoute(ROUTES, method, path);
    expect([found.route.path, found.parameters]).toEqual([want, parameters]);
    expect(found.route.methods).toContain(method);
  });

  test.each([
    ["GET", "/", "404: Page Not Found"],
    ["GET", "/pods/web", "404: Page Not Found"],
    ["GET", "/exec/default//app", "404: Page Not Found"],
    ["DELETE", "/pods", "405: Method Not Allowed"],
  ])("%s %s is refused: %s", (method, path, message) => {
    expect(() => findRoute(ROUTES, method, path)).toThrow(message);
  });
});

test.each([
  ["GET", "/pods", "get", ["pods", "proxy"]],
  ["GET", "/healthz/ping", "get", ["healthz", "proxy"]],
  ["GET", "/stats/summary", "get", ["stats"]],
  ["GET", "/metrics/resource", "get", ["metrics"]],
  ["GET", "/logs/syslog", "get", ["log"]],
  ["GET", "/podsandmore", "get", ["proxy"]],
  ["POST", "/exec/default/web/app", "create", ["proxy"]],
  ["GET", "/containerLogs/default/web/app", "get", ["proxy"]],
])("%s %s needs %s on %j", (method, path, verb, subresources) => {
  expect(nodeRequestAttributes(method, path)).toEqual({ verb, subresources });
});
