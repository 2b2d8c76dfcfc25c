import { describe, expect, test } from "bun:test";
import type { FlowSchema, PriorityLevelConfiguration } from "#api/generated/flowcontrol-v1.ts";
import { parseRequestInfo } from "../front/request-info.ts";
import { FLOW_SCHEMA_STOCK, PRIORITY_LEVEL_STOCK } from "./bootstrap/plan-maintenance.ts";
import { type FlowConfiguration, FlowController } from "./flow-controller.ts";
import type { RequestDigest } from "./request-digest.ts";

const apiVersion = "flowcontrol.apiserver.k8s.io/v1";
const metadata = (name: string) => ({ name, uid: `uid-${name}` });

const aSchema = (name: string, spec: FlowSchema["spec"]): FlowSchema => ({
  apiVersion,
  kind: "FlowSchema",
  metadata: metadata(name),
  spec,
});

const aLevel = (name: string, spec: PriorityLevelConfiguration["spec"]): PriorityLevelConfiguration => ({
  apiVersion,
  kind: "PriorityLevelConfiguration",
  metadata: metadata(name),
  spec,
});

/** What every cluster starts with. */
const stock: FlowConfiguration = {
  schemas: [...FLOW_SCHEMA_STOCK.mandatory, ...FLOW_SCHEMA_STOCK.suggested].map(([name, spec]) =>
    aSchema(name, spec),
  ),
  levels: [...PRIORITY_LEVEL_STOCK.mandatory, ...PRIORITY_LEVEL_STOCK.suggested].map(([name, spec]) =>
    aLevel(name, spec),
  ),
};

function aDigest(request: string, user: string, ...groups: readonly string[]): RequestDigest {
  const [method = "", url = ""] = request.split(" ");
  const { pathname, searchParams } = new URL(url, "https://host");
  const info = parseRequestInfo(method, pathname, searchParams);
  if (info === undefined) throw new TypeError("No possible path");
  return { info, user: { name: user, groups: [...groups, "system:authenticated"] } };
}

function controllerOf(configuration: FlowConfiguration, seats = 600): FlowController<string> {
  const controller = new FlowController<string>(seats, 0);
  controller.configure(configuration, 0);
  return controller;
}

const limitsOf = (controller: FlowController<string>): Record<string, number> =>
  Object.fromEntries([...controller.levels].map(([name, { currentLimit }]) => [name, currentLimit]));

describe("FlowController", () => {
  const NODES = "system:nodes";
  const ACCOUNTS = "system:serviceaccounts";
  const cases: { request: string; user: string; groups?: string[]; want: string }[] = [
    { request: "GET /api/v1/pods", user: "admin", groups: ["system:masters"], want: "exempt exempt" },
    { request: "GET /readyz", user: "alice", want: "probes exempt" },
    { request: "GET /api/v1/pods", user: "alice", want: "global-default global-default" },
    { request: "GET /metrics", user: "alice", want: "global-default global-default" },
    {
      request: "PUT /apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/n1",
      user: "system:node:n1",
      groups: [NODES],
      want: "system-node-high node-high",
    },
    {
      request: "PATCH /api/v1/nodes/n1/status",
      user: "system:node:n1",
      groups: [NODES],
      want: "system-node-high node-high",
    },
    { request: "GET /api/v1/pods", user: "system:node:n1", groups: [NODES], want: "system-nodes system" },
    {
      request: "PUT /apis/coordination.k8s.io/v1/namespaces/kube-system/leases/a",
      user: "system:kube-scheduler",
      want: "system-leader-election leader-election",
    },
    { request: "GET /api/v1/pods", user: "system:kube-scheduler", want: "kube-scheduler workload-high" },
    {
      request: "GET /api/v1/pods",
      user: "system:serviceaccount:kube-system:job-controller",
      groups: [ACCOUNTS],
      want: "kube-system-service-accounts workload-high",
    },
    {
      request: "GET /api/v1/pods",
      user: "system:serviceaccount:default:app",
      groups: [ACCOUNTS],
      want: "service-accounts workload-low",
    },
  ];
  test.each(cases)("$request by $user belongs to $want", ({ request, user, groups = [], want }) => {
    const { schema, level } = controllerOf(stock).classify(aDigest(request, user, ...groups));
    expect(`${schema.metadata.name} ${level.name}`).toBe(want);
  });

  test("has the mandatory levels and schemas even when nobody has made them", () => {
    const controller = controllerOf({ schemas: [], levels: [] });
    expect([...controller.levels.keys()].toSorted()).toEqual(["catch-all", "exempt"]);
    const { schema } = controller.classify(aDigest("GET /api/v1/pods", "alice"));
    expect([schema.metadata.name, schema.metadata.uid]).toEqual(["catch-all", ""]);
  });

  test("takes somebody of no group for one of the last resort", () => {
    const digest = { ...aDigest("GET /api/v1/pods", "nobody"), user: { name: "nobody", groups: [] } };
    expect(controllerOf(stock).classify(digest).schema.metadata.name).toBe("catch-all");
  });

  test("looks at schemas by precedence, then by name, and past those that dangle", () => {
    const rules = [
      {
        subjects: [{ kind: "User", user: { name: "*" } }],
        nonResourceRules: [{ verbs: ["*"], nonResourceURLs: ["*"] }],
      },
    ];
    const schema = (name: string, level: string, matchingPrecedence: number): FlowSchema =>
      aSchema(name, { priorityLevelConfiguration: { name: level }, matchingPrecedence, rules });
    const schemas = [
      schema("b", "system", 5),
      schema("a", "system", 5),
      schema("c", "system", 4),
      schema("d", "nowhere", 3),
    ];
    const named = (list: readonly FlowSchema[]): string =>
      controllerOf({ ...stock, schemas: list }).classify(aDigest("GET /version", "alice")).schema.metadata
        .name;
    expect(named(schemas)).toBe("c");
    expect(named(schemas.filter(({ metadata: { name } }) => name !== "c"))).toBe("a");
  });

  test("divides the seats as kube-apiserver does, and lends what is not wanted", () => {
    const controller = controllerOf(stock);
    const nominal = [...controller.levels].map(
      ([name, { limits }]) => `${name} ${[limits.min, limits.nominal].join("/")}`,
    );
    expect(nominal.toSorted()).toEqual([
      "catch-all 13/13",
      "exempt 0/0",
      "global-default 24/49",
      "leader-election 25/25",
      "node-high 73/98",
      "system 50/74",
      "workload-high 49/98",
      "workload-low 24/245",
    ]);
    const level = controller.levels.get("workload-low");
    for (let now = 0; now < 10_000; now += 1000) level?.demand.set(500, now);
    controller.adjust(10_000);
    expect(limitsOf(controller)).toMatchObject({ "workload-low": 368, "node-high": 73, "catch-all": 13 });
  });

  test("keeps a level that has gone until nobody is in it", () => {
    const controller = controllerOf(stock);
    const old = controller.levels.get("system");
    const estimate = { initialSeats: 1, finalSeats: 0, additionalLatencyMs: 0 };
    const request = old?.requests.arrive({ owner: "a", flowSchema: "s", distinguisher: "", estimate }, 1);
    old?.requests.dispatch(1);
    const levels = stock.levels.filter(({ metadata: { name } }) => name !== "system");
    controller.configure({ ...stock, levels }, 2);
    expect(controller.levels.get("system")?.isQuiescing).toBe(true);
    const node = aDigest("GET /api/v1/pods", "system:node:n1", NODES);
    expect(controller.classify(node).level.name).toBe("global-default");
    if (typeof request === "object") old?.requests.finish(request, 3);
    controller.adjust(10_000);
    expect(controller.levels.has("system")).toBe(false);
  });

  test("goes on with the same queues when a level changes or comes back", () => {
    const controller = controllerOf(stock);
    const before = controller.levels.get("system");
    controller.configure(stock, 1);
    expect(controller.levels.get("system")).toBe(before as NonNullable<typeof before>);
  });
});
