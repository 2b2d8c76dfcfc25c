import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { Container, PodStatus } from "#api/generated/core-v1.ts";
import { aNode, type TestNode } from "./test-node.ts";

let node: TestNode;
let mayFinish = Promise.withResolvers<void>();
beforeEach(async () => {
  mayFinish = Promise.withResolvers();
  node = await aNode({
    programs: {
      fail: () => 4,
      succeed: () => 0,
      wait: async () => {
        await mayFinish.promise;
        return 0;
      },
    },
  });
});
afterEach(() => node[Symbol.asyncDispose]());

const init = (name: string, command: string, rest: Partial<Container> = {}): Container => ({
  name,
  image: "app:1",
  command: [command],
  ...rest,
});

const conditionOf = (status: PodStatus, type: string) =>
  status.conditions?.find((condition) => condition.type === type);

const started = (): readonly string[] =>
  node.runtime.calls
    .filter((call) => call.startsWith("startContainer"))
    .map((call) => call.split("/")[1] ?? "");

describe("init containers", () => {
  test("run one after the other before the main ones", async () => {
    await node.createPod("web", { initContainers: [init("one", "succeed"), init("two", "wait")] });
    const before = await node.statusOf("web", ({ initContainerStatuses = [] }) => {
      expect(initContainerStatuses[1]?.state?.running).toBeDefined();
    });
    expect(before).toMatchObject({
      phase: "Pending",
      initContainerStatuses: [
        { name: "one", ready: true, state: { terminated: { exitCode: 0, reason: "Completed" } } },
        { name: "two", ready: false },
      ],
      containerStatuses: [{ name: "app", state: { waiting: { reason: "PodInitializing" } } }],
    });
    expect(conditionOf(before, "Initialized")).toMatchObject({
      status: "False",
      reason: "ContainersNotInitialized",
      message: "containers with incomplete status: [two]",
    });
    mayFinish.resolve();
    const after = await node.statusOf("web", ({ phase }) => expect(phase).toBe("Running"));
    expect(conditionOf(after, "Initialized")?.status).toBe("True");
    expect(started()).toEqual(["one", "two", "app"]);
  });

  test("that fail are restarted with back-off", async () => {
    await node.createPod("web", { initContainers: [init("one", "fail")] });
    const status = await node.statusOf("web", ({ initContainerStatuses = [] }) => {
      expect(initContainerStatuses[0]?.restartCount).toBe(2);
    });
    expect(status).toMatchObject({
      phase: "Pending",
      initContainerStatuses: [
        { state: { waiting: { reason: "CrashLoopBackOff" } }, lastState: { terminated: { exitCode: 4 } } },
      ],
    });
    expect(started()).toEqual(["one", "one", "one"]);
  });

  test("that fail end a pod that is not restarted", async () => {
    await node.createPod("web", { restartPolicy: "Never", initContainers: [init("one", "fail")] });
    const status = await node.statusOf("web", ({ phase }) => expect(phase).toBe("Failed"));
    expect(status).toMatchObject({
      initContainerStatuses: [{ state: { terminated: { exitCode: 4 } } }],
      containerStatuses: [{ state: { waiting: { reason: "PodInitializing" } } }],
    });
    expect(started()).toEqual(["one"]);
  });

  test("do not run again when a main container is restarted", async () => {
    await node.createPod("web", { initContainers: [init("one", "succeed")] });
    await node.statusOf("web", ({ phase }) => expect(phase).toBe("Running"));
    node.runtime.exit("app", 1);
    await node.statusOf("web", ({ containerStatuses = [] }) => {
      expect(containerStatuses[0]).toMatchObject({ ready: true, restartCount: 1 });
    });
    expect(started()).toEqual(["one", "app", "app"]);
  });

  test("run again when the sandbox was lost", async () => {
    await node.createPod("web", { initContainers: [init("one", "succeed")] });
    await node.statusOf("web", ({ phase }) => expect(phase).toBe("Running"));
    const { uid } = (await node.pod("web")).metadata;
    node.runtime.crashSandbox(node.kubelet.sandboxOf(uid) ?? "");
    await node.statusOf("web", ({ containerStatuses = [] }) => {
      expect(containerStatuses[0]).toMatchObject({ ready: true, restartCount: 1 });
    });
    expect(started()).toEqual(["one", "app", "one", "app"]);
  });

  test("that have done their work and were removed do not run again", async () => {
    await node.createPod("web", { initContainers: [init("one", "succeed")] });
    const { initContainerStatuses = [] } = await node.statusOf("web", ({ phase }) =>
      expect(phase).toBe("Running"),
    );
    await node.runtime.removeContainer(initContainerStatuses[0]?.containerID?.replace("fake://", "") ?? "");
    await node.advance(120_000, 1000);
    expect(started()).toEqual(["one", "app"]);
    expect((await node.pod("web")).status).toMatchObject({
      phase: "Running",
      initContainerStatuses: [{ ready: true, state: { terminated: { exitCode: 0, reason: "Completed" } } }],
    });
  });
});

describe("sidecars", () => {
  const sidecar = (rest: Partial<Container> = {}): Container =>
    init("side", "serve", { restartPolicy: "Always", ...rest });

  test("start in their turn and run beside the main containers", async () => {
    await node.createPod("web", { initContainers: [sidecar(), init("one", "succeed")] });
    const status = await node.statusOf("web", ({ phase }) => expect(phase).toBe("Running"));
    expect(status).toMatchObject({
      initContainerStatuses: [
        { name: "side", ready: true, started: true, state: { running: {} } },
        { name: "one", ready: true },
      ],
    });
    expect(started()).toEqual(["side", "one", "app"]);
  });

  test("hold the next container up until their startup probe succeeds", async () => {
    let isUp = false;
    node.runtime.programs.set("is-up", () => (isUp ? 0 : 1));
    const startupProbe = { exec: { command: ["is-up"] }, periodSeconds: 1, failureThreshold: 1000 };
    await node.createPod("web", { initContainers: [sidecar({ startupProbe })] });
    await node.advance(10_000);
    expect(started()).toEqual(["side"]);
    isUp = true;
    await node.statusOf("web", ({ phase }) => expect(phase).toBe("Running"));
  });

  test("are restarted when they end, whatever they return", async () => {
    await node.createPod("web", { restartPolicy: "Never", initContainers: [sidecar()] });
    await node.statusOf("web", ({ phase }) => expect(phase).toBe("Running"));
    node.runtime.exit("side", 0);
    await node.statusOf("web", ({ initContainerStatuses = [] }) => {
      expect(initContainerStatuses[0]).toMatchObject({ ready: true, restartCount: 1 });
    });
    expect(started()).toEqual(["side", "app", "side"]);
  });

  test("do not keep a pod alive whose main containers are done", async () => {
    await node.createPod("web", { restartPolicy: "Never", initContainers: [sidecar()] });
    await node.statusOf("web", ({ phase }) => expect(phase).toBe("Running"));
    node.runtime.exit("app", 0);
    const { initContainerStatuses } = await node.statusOf("web", ({ phase }) =>
      expect(phase).toBe("Succeeded"),
    );
    expect(initContainerStatuses?.[0]?.state?.terminated).toBeDefined();
  });

  test("stop after the main containers, the last one first", async () => {
    const second = init("second", "serve", { restartPolicy: "Always" });
    await node.createPod("web", { initContainers: [sidecar(), second] });
    await node.statusOf("web", ({ phase }) => expect(phase).toBe("Running"));
    await node.cluster.client.delete("Pod", { namespace: "default", name: "web" });
    await node.eventually(async () => expect((await node.cluster.client.list("Pod")).items).toEqual([]));
    const stops = node.runtime.calls.filter((call) => call.startsWith("stopContainer"));
    expect(stops).toEqual([
      "stopContainer web/app 30s",
      "stopContainer web/second 30s",
      "stopContainer web/side 30s",
    ]);
  });
});
