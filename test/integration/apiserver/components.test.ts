import { afterEach, beforeEach, expect, test } from "bun:test";
import { bytesOf } from "#https/answer.ts";
import { failureOf } from "./failure.ts";
import { startServer, type TestServer } from "./server.ts";

const DEPRECATED = "v1 ComponentStatus is deprecated in v1.19+";

let server: TestServer;
let failure: Error | undefined;
beforeEach(async () => {
  failure = undefined;
  const check = (): void => {
    if (failure !== undefined) throw failure;
  };
  const components = [
    { name: "scheduler", check },
    { name: "etcd-0", check: () => Promise.resolve() },
  ];
  server = await startServer({ core: { components } });
});
afterEach(() => server[Symbol.asyncDispose]());

const list = (fieldSelector = "") =>
  server.sendForList({ kind: "ComponentStatus" }, { verb: "list", options: { fieldSelector } });
const get = (name: string) => server.sendForObject({ kind: "ComponentStatus", name }, { verb: "get" });

test("components say how they are", async () => {
  const response = await list();
  expect(response.warnings).toEqual([DEPRECATED]);
  expect(JSON.parse(bytesOf(response.pieces()).toString())).toEqual({
    kind: "ComponentStatusList",
    apiVersion: "v1",
    metadata: {},
    items: ["scheduler", "etcd-0"].map((name) => ({
      metadata: { name },
      conditions: [{ type: "Healthy", status: "True", message: "ok" }],
    })),
  });
});

test("a component that is not well says why", async () => {
  failure = new Error("connect: connection refused");
  const { object, code, warnings } = await get("scheduler");
  expect([code, warnings]).toEqual([200, [DEPRECATED]]);
  expect(object).toEqual({
    kind: "ComponentStatus",
    apiVersion: "v1",
    metadata: { name: "scheduler" },
    conditions: [{ type: "Healthy", status: "False", message: "connect: connection refused" }],
  } as never);
});

test("components are selected by name, and others are not there", async () => {
  expect((await list("metadata.name=etcd-0")).list.items.map(({ metadata }) => metadata.name)).toEqual([
    "etcd-0",
  ]);
  expect(await failureOf(get("nobody"))).toBe("500 Unknown: Component not found: nobody");
});
