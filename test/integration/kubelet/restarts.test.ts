import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { Container, PodSpec, PodStatus } from "#api/generated/core-v1.ts";
import type { FakeProcess } from "#container/fake/fake-process.ts";
import { aNode, type TestNode } from "./test-node.ts";

let node: TestNode;
beforeEach(async () => {
  node = await aNode({
    programs: {
      fail: () => 3,
      succeed: () => 0,
      "fail slowly": async ({ clock, killed }: FakeProcess) => {
        await clock.sleep(700_000, killed);
        return 1;
      },
      absent: "missing",
    },
  });
});
afterEach(() => node[Symbol.asyncDispose]());

describe("restart policy", () => {
  interface Case {
    readonly name: string;
    readonly restartPolicy: NonNullable<PodSpec["restartPolicy"]>;
    readonly commands: readonly string[];
    readonly phase: NonNullable<PodStatus["phase"]>;
    /** Restarts of each container after a minute. */
    readonly restarts: readonly number[];
  }
  const cases: readonly Case[] = [
    {
      name: "Always: a success",
      restartPolicy: "Always",
      commands: ["succeed"],
      phase: "Running",
      restarts: [3],
    },
    {
      name: "Always: a failure",
      restartPolicy: "Always",
      commands: ["fail"],
      phase: "Running",
      restarts: [3],
    },
    {
      name: "OnFailure: a success",
      restartPolicy: "OnFailure",
      commands: ["succeed"],
      phase: "Succeeded",
      restarts: [0],
    },
    {
      name: "OnFailure: a failure",
      restartPolicy: "OnFailure",
      commands: ["fail"],
      phase: "Running",
      restarts: [3],
    },
    {
      name: "OnFailure: both",
      restartPolicy: "OnFailure",
      commands: ["succeed", "fail"],
      phase: "Running",
      restarts: [0, 3],
    },
    {
      name: "Never: a success",
      restartPolicy: "Never",
      commands: ["succeed"],
      phase: "Succeeded",
      restarts: [0],
    },
    { name: "Never: a failure", restartPolicy: "Never", commands: ["fail"], phase: "Failed", restarts: [0] },
    {
      name: "Never: both",
      restartPolicy: "Never",
      commands: ["succeed", "fail"],
      phase: "Failed",
      restarts: [0, 0],
    },
    {
      name: "Never: one goes on",
      restartPolicy: "Never",
      commands: ["fail", "serve"],
      phase: "Running",
      restarts: [0, 0],
    },
  ];

  test.each(cases)("$name", async ({ restartPolicy, commands, phase, restarts }) => {
    const containers = commands.map((command, index) => ({
      name: `c${String(index)}`,
      image: "app:1",
      command: [command],
    }));
    await node.createPod("web", { restartPolicy, containers });
    await node.advance(60_000, 1000);
    const { status } = await node.pod("web");
    expect(status?.phase).toBe(phase);
    expect(status?.containerStatuses?.map(({ restartCount }) => restartCount)).toEqual([...restarts]);
  });
});

describe("a container that crashes", () => {
  const createPod = (container: Partial<Container>): Promise<unknown> =>
    node.createPod("web", { containers: [{ name: "app", image: "app:1", ...container }] });

  /** Seconds between the starts of the container within some time, to the nearest ten. */
  async function pauses(withinMs: number): Promise<readonly number[]> {
    const { clock } = node.cluster;
    const startedAt: number[] = [];
    const end = clock.now() + withinMs;
    while (clock.now() < end) {
      await node.settle();
      const { length } = node.runtime.calls.filter((call) => call === "startContainer web/app");
      while (startedAt.length < length) startedAt.push(Math.round(clock.now() / 1000));
      await clock.advance(1000);
    }
    const exact = startedAt.slice(1).map((at, index) => at - (startedAt[index] ?? 0));
    // What happens in between two looks is seen a second late, and files take their time whatever the clock says.
    return exact.map((pause) => Math.round(pause / 10) * 10);
  }

  test("starts again at once, after 10 s, and then after twice as long each time up to five minutes", async () => {
    await createPod({ command: ["fail"] });
    expect(await pauses(1_300_000)).toEqual([0, 10, 20, 40, 80, 160, 300, 300, 300]);
  });

  test("says so while it waits", async () => {
    await createPod({ command: ["fail"] });
    const status = await node.statusOf("web", ({ containerStatuses = [] }) => {
      expect(containerStatuses[0]?.restartCount).toBe(2);
    });
    const { uid } = (await node.pod("web")).metadata;
    expect(status.phase).toBe("Running");
    expect(status.containerStatuses?.[0]).toMatchObject({
      ready: false,
      started: false,
      state: {
        waiting: {
          reason: "CrashLoopBackOff",
          message: `back-off 20s restarting failed container=app pod=web_default(${uid})`,
        },
      },
      lastState: { terminated: { exitCode: 3, reason: "Error" } },
    });
    expect(await node.eventsOf("web")).toContain(
      `BackOff: Back-off restarting failed container app in pod web_default(${uid})`,
    );
  });

  test("starts at once again after it has run for ten minutes", async () => {
    await createPod({ command: ["fail slowly"] });
    expect(await pauses(2_200_000)).toEqual([700, 700, 700]);
  });

  test("waits on when the kubelet is restarted", async () => {
    await createPod({ command: ["fail"] });
    await node.statusOf("web", ({ containerStatuses = [] }) => {
      expect(containerStatuses[0]?.restartCount).toBe(3);
    });
    await node.stopKubelet();
    await node.startKubelet();
    await node.advance(35_000, 1000);
    const { status } = await node.pod("web");
    expect(status?.containerStatuses?.[0]).toMatchObject({
      restartCount: 3,
      state: { waiting: { message: expect.stringMatching(/^back-off 40s/) } },
    });
  });

  test("that cannot even start is tried in the same way", async () => {
    await createPod({ command: ["absent"] });
    const why = 'exec: "absent": executable file not found in $PATH';
    const { containerStatuses } = await node.statusOf("web", (status) => {
      expect(status.containerStatuses?.[0]?.state?.waiting?.reason).toBe("CrashLoopBackOff");
    });
    expect(containerStatuses?.[0]?.lastState?.terminated).toMatchObject({
      exitCode: 127,
      reason: "ContainerCannotRun",
      message: why,
    });
    expect(await node.eventsOf("web")).toContain(`Failed: Error: ${why}`);
  });
});

describe("what ends without the kubelet", () => {
  beforeEach(async () => {
    await node.createPod("web");
    await node.statusOf("web", ({ phase }) => expect(phase).toBe("Running"));
  });

  test("a container that was killed is restarted", async () => {
    node.runtime.exit("app", 137, { reason: "OOMKilled" });
    const { containerStatuses } = await node.statusOf("web", (status) => {
      expect(status.containerStatuses?.[0]).toMatchObject({ ready: true, restartCount: 1 });
    });
    expect(containerStatuses?.[0]?.lastState?.terminated).toMatchObject({
      exitCode: 137,
      reason: "OOMKilled",
    });
  });

  test("a sandbox is made anew, and the pod keeps its address", async () => {
    const before = await node.pod("web");
    node.runtime.crashSandbox(node.kubelet.sandboxOf(before.metadata.uid) ?? "");
    const after = await node.statusOf("web", ({ containerStatuses = [] }) => {
      expect(containerStatuses[0]).toMatchObject({ ready: true, restartCount: 1 });
    });
    expect(after.podIP).toBe(String(before.status?.podIP));
    expect(await node.eventsOf("web")).toContain(
      "SandboxChanged: Pod sandbox changed, it will be killed and re-created.",
    );
  });

  test("an engine that has forgotten everything runs the pod again, one restart later", async () => {
    await node.stopKubelet();
    node.runtime.loseEverything();
    await node.startKubelet();
    const { containerStatuses } = await node.statusOf("web", (status) => {
      expect(status.containerStatuses?.[0]?.ready).toBeTrue();
    });
    expect(containerStatuses).toMatchObject([
      {
        restartCount: 1,
        lastState: { terminated: { exitCode: 137, reason: "ContainerStatusUnknown" } },
      },
    ]);
    await node.stopKubelet();
    node.runtime.loseEverything();
    await node.startKubelet();
    await node.statusOf("web", (status) => {
      expect(status.containerStatuses?.[0]).toMatchObject({ ready: true, restartCount: 2 });
    });
  });
});

test("a changed image replaces the container at once", async () => {
  node.runtime.images.add("app:2", { id: "sha256:app2" });
  await node.createPod("web");
  await node.statusOf("web", ({ phase }) => expect(phase).toBe("Running"));
  const patch = [{ op: "replace", path: "/spec/containers/0/image", value: "app:2" }] as const;
  await node.cluster.client.patch(
    "Pod",
    { namespace: "default", name: "web" },
    { type: "json", document: [...patch] },
  );
  await node.statusOf("web", ({ containerStatuses = [] }) => {
    expect(containerStatuses[0]).toMatchObject({ image: "app:2", ready: true, restartCount: 1 });
  });
  expect(await node.eventsOf("web")).toContain(
    "Killing: Container app definition changed, will be restarted",
  );
});
