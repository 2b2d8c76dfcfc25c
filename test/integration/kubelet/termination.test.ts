import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { writeFile } from "node:fs/promises";
import type { Container, PodSpec, PodStatus } from "#api/generated/core-v1.ts";
import type { FakeProcess } from "#container/fake/fake-process.ts";
import { aNode, type TestNode } from "./test-node.ts";

let node: TestNode;
const log: string[] = [];

beforeEach(async () => {
  log.length = 0;
  node = await aNode({
    programs: {
      "print and fail": (process) => {
        process.print("last words\n");
        return 7;
      },
      succeed: () => 0,
      fail: () => 1,
      stubborn: () => Promise.withResolvers<number>().promise,
      serve: async ({ stopRequested }: FakeProcess) => {
        await stopRequested;
        log.push("stopped");
        return 0;
      },
      hook: () => {
        log.push("hook");
        return 0;
      },
      "long hook": async ({ clock, killed }) => {
        await clock.sleep(120_000, killed);
        return 0;
      },
      "bad hook": (process) => {
        process.printError("no");
        return 5;
      },
    },
  });
});
afterEach(() => node[Symbol.asyncDispose]());

const createPod = (container: Partial<Container>, spec: Partial<PodSpec> = {}): Promise<unknown> =>
  node.createPod("web", { ...spec, containers: [{ name: "app", image: "app:1", ...container }] });

const runs = (): Promise<PodStatus> => node.statusOf("web", ({ phase }) => expect(phase).toBe("Running"));
const deletePod = (gracePeriodSeconds?: number): Promise<unknown> =>
  node.cluster.client.delete(
    "Pod",
    { namespace: "default", name: "web" },
    gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds },
  );
const isGone = (): Promise<void> =>
  node.eventually(async () => expect((await node.cluster.client.list("Pod")).items).toEqual([]));

describe("how a container ended", () => {
  interface Case {
    readonly name: string;
    readonly command: string;
    readonly policy?: Container["terminationMessagePolicy"];
    readonly terminated: object;
  }
  const cases: readonly Case[] = [
    { name: "a success", command: "succeed", terminated: { exitCode: 0, reason: "Completed" } },
    { name: "a failure", command: "fail", terminated: { exitCode: 1, reason: "Error" } },
    {
      name: "the end of the log, where the pod wants that",
      command: "print and fail",
      policy: "FallbackToLogsOnError",
      terminated: { exitCode: 7, reason: "Error", message: "last words\n" },
    },
  ];

  test.each(cases)("$name", async ({ command, policy, terminated }) => {
    await createPod(
      { command: [command], ...(policy && { terminationMessagePolicy: policy }) },
      { restartPolicy: "Never" },
    );
    const { containerStatuses = [] } = await node.statusOf("web", ({ phase }) => {
      expect(["Succeeded", "Failed"]).toContain(String(phase));
    });
    const { startedAt, finishedAt, containerID, ...rest } = containerStatuses[0]?.state?.terminated ?? {
      exitCode: -1,
    };
    expect(rest as object).toEqual(terminated);
    expect(startedAt).toBeString();
    expect(finishedAt).toBeString();
    expect(containerID).toBe(String(containerStatuses[0]?.containerID));
  });

  test("what the container wrote to its termination message path", async () => {
    await createPod({ command: ["serve"], terminationMessagePath: "/tmp/end" }, { restartPolicy: "Never" });
    const { mounts } = await node.configOf("web");
    const file = mounts.find(({ containerPath }) => containerPath === "/tmp/end")?.hostPath ?? "";
    await writeFile(file, `${"x".repeat(5000)}end`);
    node.runtime.exit("app", 2);
    const { containerStatuses } = await node.statusOf("web", ({ phase }) => expect(phase).toBe("Failed"));
    const message = containerStatuses?.[0]?.state?.terminated?.message ?? "";
    expect(message).toHaveLength(4096);
    expect(message).toEndWith("xend");
  });
});

describe("a pod that has ended", () => {
  test("tells its phase and conditions, and keeps its container for its log", async () => {
    await createPod({ command: ["succeed"] }, { restartPolicy: "Never" });
    const status = await node.statusOf("web", ({ phase, conditions = [] }) => {
      expect(phase).toBe("Succeeded");
      expect(conditions.find(({ type }) => type === "PodReadyToStartContainers")?.status).toBe("False");
    });
    expect(
      status.conditions?.map(({ type, status: is, reason = "" }) => `${type}=${is} ${reason}`.trim()),
    ).toEqual(
      expect.arrayContaining([
        "PodReadyToStartContainers=False",
        "Initialized=True PodCompleted",
        "Ready=False PodCompleted",
        "ContainersReady=False PodCompleted",
        "PodScheduled=True",
      ]),
    );
    expect(status.podIP).toBeString();
    expect(await node.runtime.listContainers()).toHaveLength(1);
    const { uid } = (await node.pod("web")).metadata;
    expect(node.network.attachments.has(uid)).toBeFalse();
  });

  test("is told Failed by its deadline", async () => {
    await createPod({}, { activeDeadlineSeconds: 20, terminationGracePeriodSeconds: 1 });
    const { startTime } = await runs();
    const status = await node.statusOf("web", ({ phase }) => expect(phase).toBe("Failed"));
    expect(status).toMatchObject({
      reason: "DeadlineExceeded",
      message: "Pod was active on the node longer than the specified deadline",
    });
    expect((node.cluster.clock.now() - Date.parse(startTime ?? "")) / 1000).toBeWithin(20, 22);
    expect(await node.eventsOf("web")).toContain(
      "DeadlineExceeded: Pod was active on the node longer than the specified deadline",
    );
  });

  test("that somebody else has declared failed is stopped", async () => {
    await createPod({});
    await runs();
    const document = {
      status: { phase: "Failed", reason: "Evicted", message: "The node was low on resource: memory." },
    };
    await node.cluster.client.patch(
      "Pod",
      { namespace: "default", name: "web" },
      { type: "merge", document, subresource: "status" },
    );
    await node.eventually(async () =>
      expect((await node.runtime.listSandboxes())[0]?.state).toBe("notReady"),
    );
    expect((await node.pod("web")).status).toMatchObject(document.status);
  });
});

describe("deletion", () => {
  test("gives containers the pod's grace, then kills them", async () => {
    await createPod({ command: ["stubborn"] }, { terminationGracePeriodSeconds: 20 });
    await runs();
    const start = node.cluster.clock.now();
    await deletePod();
    await node.advance(15_000);
    expect((await node.pod("web")).status?.containerStatuses?.[0]?.state?.running).toBeDefined();
    await isGone();
    expect((node.cluster.clock.now() - start) / 1000).toBeWithin(20, 22);
    expect(node.runtime.calls).toContain("stopContainer web/app 20s");
  });

  test("can be hurried", async () => {
    await createPod({ command: ["stubborn"] }, { terminationGracePeriodSeconds: 600 });
    await runs();
    await deletePod();
    await node.advance(5000);
    const start = node.cluster.clock.now();
    await deletePod(8);
    await isGone();
    expect((node.cluster.clock.now() - start) / 1000).toBeWithin(8, 10);
  });

  test("with no grace removes the pod from the API at once, and its containers soon", async () => {
    await createPod({ command: ["serve"] });
    await runs();
    await deletePod(0);
    expect((await node.cluster.client.list("Pod")).items).toEqual([]);
    await node.eventually(async () => {
      expect(await node.runtime.listContainers()).toEqual([]);
      expect(await node.runtime.listSandboxes()).toEqual([]);
    });
    expect(node.network.attachments.size).toBe(0);
  });

  test("of a pod that has not started needs nothing to be stopped", async () => {
    await createPod({ image: "none:1", imagePullPolicy: "Never" });
    await node.statusOf("web", ({ containerStatuses = [] }) => {
      expect(containerStatuses[0]?.state?.waiting?.reason).toBe("ErrImageNeverPull");
    });
    await deletePod();
    await isGone();
    expect(node.runtime.calls.filter((call) => call.startsWith("stopContainer"))).toEqual([]);
  });

  test("waits for those who hold the pod back, without running it", async () => {
    await node.createPod("web", {}, { finalizers: ["test/hold"] });
    await runs();
    await deletePod();
    await node.statusOf("web", ({ phase }) => expect(phase).toBe("Succeeded"));
    const document = { metadata: { finalizers: null } };
    await node.cluster.client.patch(
      "Pod",
      { namespace: "default", name: "web" },
      { type: "merge", document },
    );
    await isGone();
  });

  test("while no kubelet ran is completed by the next one", async () => {
    await createPod({ command: ["serve"] });
    await runs();
    await node.stopKubelet();
    await deletePod();
    await node.startKubelet();
    await isGone();
    expect(await node.runtime.listSandboxes()).toEqual([]);
  });

  test("by force while no kubelet ran leaves nothing behind either", async () => {
    await createPod({ command: ["serve"] });
    await runs();
    const { uid } = (await node.pod("web")).metadata;
    await node.stopKubelet();
    await deletePod(0);
    await node.startKubelet();
    await node.eventually(async () => {
      expect(await node.runtime.listSandboxes()).toEqual([]);
      expect(await Bun.file(`${node.podDirectory(uid)}/etc-hosts`).exists()).toBeFalse();
    });
  });
});

describe("hooks", () => {
  const exec = (command: string) => ({ exec: { command: [command] } });

  test("preStop runs before the container is asked to stop", async () => {
    await createPod({ command: ["serve"], lifecycle: { preStop: exec("hook") } });
    await runs();
    await deletePod();
    await isGone();
    expect(log).toEqual(["hook", "stopped"]);
  });

  test("preStop has the grace of the pod, of which the container gets the rest", async () => {
    await createPod(
      { command: ["serve"], lifecycle: { preStop: exec("long hook") } },
      { terminationGracePeriodSeconds: 10 },
    );
    await runs();
    const start = node.cluster.clock.now();
    await deletePod();
    await isGone();
    expect((node.cluster.clock.now() - start) / 1000).toBeWithin(10, 13);
    expect(node.runtime.calls).toContain("stopContainer web/app 2s");
    expect(log).toEqual(["stopped"]);
  });

  test("preStop that fails is told and changes nothing", async () => {
    await createPod({ command: ["serve"], lifecycle: { preStop: exec("bad hook") } });
    await runs();
    await deletePod();
    await isGone();
    expect(await node.eventsOf("web")).toContain("FailedPreStopHook: PreStopHook failed");
  });

  test("postStart runs when the container has started", async () => {
    await createPod({ command: ["serve"], lifecycle: { postStart: exec("hook") } });
    await runs();
    expect(log).toEqual(["hook"]);
  });

  test("postStart that fails kills the container", async () => {
    await createPod({ command: ["serve"], lifecycle: { postStart: exec("bad hook") } });
    await node.statusOf("web", ({ containerStatuses = [] }) => {
      expect(containerStatuses[0]?.restartCount).toBeGreaterThan(0);
    });
    const events = await node.eventsOf("web");
    expect(events).toContain("FailedPostStartHook: PostStartHook failed");
    expect(events).toContain("Killing: FailedPostStartHook");
  });
});
