import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { Pod, PodStatus } from "#api/generated/core-v1.ts";
import { aNode, type TestNode } from "./test-node.ts";

let node: TestNode;
beforeEach(async () => {
  node = await aNode({ programs: { fail: () => 1, succeed: () => 0 } });
});
afterEach(() => node[Symbol.asyncDispose]());

/** Lets another kubelet take over, and gives it time to make mistakes. */
async function restartKubelet(): Promise<void> {
  await node.stopKubelet();
  await node.startKubelet();
  await node.advance(30_000, 1000);
}

describe("a kubelet that was restarted", () => {
  interface Case {
    readonly name: string;
    readonly spec: Partial<Pod["spec"]>;
    readonly isSettled: (status: PodStatus) => void;
  }
  const app = { name: "app", image: "app:1" };
  const cases: readonly Case[] = [
    { name: "running", spec: {}, isSettled: ({ phase }) => expect(phase).toBe("Running") },
    {
      name: "initialized",
      spec: { initContainers: [{ ...app, name: "one", command: ["succeed"] }] },
      isSettled: ({ phase }) => expect(phase).toBe("Running"),
    },
    {
      name: "with a sidecar",
      spec: { initContainers: [{ ...app, name: "side", restartPolicy: "Always" }] },
      isSettled: ({ phase }) => expect(phase).toBe("Running"),
    },
    {
      name: "on the host's network",
      spec: { hostNetwork: true },
      isSettled: ({ phase }) => expect(phase).toBe("Running"),
    },
    {
      name: "with volumes",
      spec: { volumes: [{ name: "data", emptyDir: {} }] },
      isSettled: ({ phase }) => expect(phase).toBe("Running"),
    },
    {
      name: "done",
      spec: { restartPolicy: "Never", containers: [{ ...app, command: ["succeed"] }] },
      isSettled: ({ phase, conditions = [] }) => {
        expect(phase).toBe("Succeeded");
        expect(conditions.find(({ type }) => type === "PodReadyToStartContainers")?.status).toBe("False");
      },
    },
    {
      name: "crashing",
      spec: { containers: [{ ...app, command: ["fail"] }] },
      isSettled: ({ containerStatuses = [] }) => {
        expect(containerStatuses[0]).toMatchObject({ restartCount: 4, state: { waiting: {} } });
      },
    },
  ];

  test.each(cases)("leaves a pod that is $name as it is", async ({ spec, isSettled }) => {
    await node.createPod("web", spec);
    const before = await node.statusOf("web", isSettled);
    const { length } = node.runtime.calls;
    await restartKubelet();
    expect((await node.pod("web")).status).toEqual(before);
    expect(node.runtime.calls.slice(length)).toEqual([]);
  });

  test("notices what ended in the meantime", async () => {
    await node.createPod("web");
    await node.statusOf("web", ({ phase }) => expect(phase).toBe("Running"));
    await node.stopKubelet();
    node.runtime.exit("app", 9);
    await node.startKubelet();
    await node.statusOf("web", ({ containerStatuses = [] }) => {
      expect(containerStatuses[0]).toMatchObject({
        ready: true,
        restartCount: 1,
        lastState: { terminated: { exitCode: 9 } },
      });
    });
  });

  test("runs pods that came in the meantime", async () => {
    await node.stopKubelet();
    await node.createPod("web");
    await node.startKubelet();
    await node.statusOf("web", ({ phase }) => expect(phase).toBe("Running"));
  });

  const INGRESS = "kubernetes.io/ingress-bandwidth";

  test.each([
    { name: "changed", value: "20M" },
    { name: "removed", value: null },
    { name: "made nonsense of", value: "1" },
  ])("keeps a limit that somebody has $name since the pod was started", async ({ value }) => {
    const { metadata } = await node.createPod("web", {}, { annotations: { [INGRESS]: "10M" } });
    const before = await node.statusOf("web", ({ phase }) => expect(phase).toBe("Running"));
    const document = { metadata: { annotations: { [INGRESS]: value } } };
    await node.cluster.client.patch(
      "Pod",
      { namespace: "default", name: "web" },
      { type: "merge", document },
    );
    await restartKubelet();
    expect((await node.pod("web")).status).toEqual(before);
    expect(node.network.attachments.get(metadata.uid)).toMatchObject({
      bandwidth: { ingress: 10_000_000 },
      facts: { annotations: { [INGRESS]: "10M" }, dns: { options: ["ndots:5"] } },
    });
  });

  test("keeps updating volumes", async () => {
    const name = { namespace: "default", name: "settings" };
    await node.cluster.client.create("ConfigMap", {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: name,
      data: { key: "old" },
    });
    await node.createPod("web", {
      volumes: [{ name: "settings", configMap: { name: "settings" } }],
      containers: [{ ...app, volumeMounts: [{ name: "settings", mountPath: "/settings" }] }],
    });
    const { mounts } = await node.configOf("web");
    const { hostPath = "" } = mounts.find(({ containerPath }) => containerPath === "/settings") ?? {};
    await restartKubelet();
    const document = { data: { key: "new" } };
    await node.cluster.client.patch("ConfigMap", name, { type: "merge", document });
    await node.eventually(async () => expect(await Bun.file(`${hostPath}/key`).text()).toBe("new"));
  });
});

describe("a pod that the node does not take", () => {
  interface Case {
    readonly name: string;
    readonly spec: Partial<Pod["spec"]>;
    readonly reason: string;
    readonly message: string;
  }
  const cases: readonly Case[] = [
    {
      name: "more CPU than is left",
      spec: { containers: [{ name: "app", image: "app:1", resources: { requests: { cpu: "5" } } }] },
      reason: "OutOfcpu",
      message: "Node didn't have enough resource: cpu, requested: 5000, used: 0, capacity: 4000",
    },
    {
      name: "a label that the node does not have",
      spec: { nodeSelector: { disk: "ssd" } },
      reason: "NodeAffinity",
      message: "Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector",
    },
    {
      name: "a setting of the kernel that is not safe",
      spec: { securityContext: { sysctls: [{ name: "kernel.msgmax", value: "1" }] } },
      reason: "SysctlForbidden",
      message: 'forbidden sysctl: "kernel.msgmax" not allowlisted',
    },
    {
      name: "another operating system",
      spec: { os: { name: "windows" } },
      reason: "PodOSNotSupported",
      message: "Failed to admit pod as the OS field doesn't match node OS",
    },
  ];

  test.each(cases)("has failed: $name", async ({ spec, reason, message }) => {
    await node.createPod("web", spec);
    const status = await node.statusOf("web", ({ phase }) => expect(phase).toBe("Failed"));
    expect(status).toMatchObject({ reason, message: `Pod was rejected: ${message}` });
    expect(await node.eventsOf("web")).toEqual([`${reason}: ${message}`]);
    expect(node.runtime.calls).toEqual([]);
    await node.cluster.client.delete("Pod", { namespace: "default", name: "web" });
    await node.eventually(async () => expect((await node.cluster.client.list("Pod")).items).toEqual([]));
  });

  test("has failed: a port of the host that another pod has", async () => {
    const containers = [{ name: "app", image: "app:1", ports: [{ containerPort: 80, hostPort: 8080 }] }];
    await node.createPod("first", { containers });
    await node.statusOf("first", ({ phase }) => expect(phase).toBe("Running"));
    await node.createPod("second", { containers });
    await node.statusOf("second", ({ reason }) => expect(reason).toBe("NodePorts"));
    expect(await node.eventsOf("second")).toEqual([
      "NodePorts: Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports",
    ]);
  });
});

describe("what fails below a pod", () => {
  test("a sandbox that cannot be made is told and tried again", async () => {
    node.runtime.failNext("runSandbox", new Error("no space left on device"));
    await node.createPod("web");
    await node.statusOf("web", ({ phase }) => expect(phase).toBe("Running"));
    expect((await node.eventsOf("web"))[0]).toBe(
      "FailedCreatePodSandBox: Failed to create pod sandbox: no space left on device",
    );
  });

  test("a limit that nobody can mean is told, and no sandbox is left", async () => {
    const annotations = { "kubernetes.io/egress-bandwidth": "999" };
    await node.createPod("web", {}, { annotations });
    await node.eventually(async () =>
      expect(await node.eventsOf("web")).toEqual([
        "FailedCreatePodSandBox: Failed to create pod sandbox: resource is unreasonably small (< 1kbit)",
      ]),
    );
    expect(await node.runtime.listSandboxes()).toEqual([]);
    expect((await node.pod("web")).status).toMatchObject({ phase: "Pending" });
  });

  test("a container that cannot be made waits with the reason", async () => {
    node.runtime.failNext("createContainer", new Error("no space left on device"));
    await node.createPod("web");
    const { containerStatuses } = await node.statusOf("web", (status) => {
      expect(status.containerStatuses?.[0]?.state?.waiting?.reason).toBe("CreateContainerError");
    });
    expect(containerStatuses?.[0]?.state?.waiting?.message).toBe("no space left on device");
    await node.statusOf("web", ({ phase }) => expect(phase).toBe("Running"));
  });

  test("a stop that fails is told and tried again", async () => {
    await node.createPod("web");
    await node.statusOf("web", ({ phase }) => expect(phase).toBe("Running"));
    node.runtime.failNext("stopContainer", new Error("the shim hangs"));
    await node.cluster.client.delete("Pod", { namespace: "default", name: "web" });
    await node.eventually(async () => expect((await node.cluster.client.list("Pod")).items).toEqual([]));
    expect(await node.eventsOf("web")).toContain("FailedKillPod: error killing pod: the shim hangs");
  });

  test("an engine that goes away in the middle delays what was being done", async () => {
    node.runtime.stopEngine();
    await node.createPod("web");
    await node.advance(60_000, 1000);
    expect((await node.pod("web")).status?.phase).toBe("Pending");
    node.runtime.startEngine();
    await node.statusOf("web", ({ phase }) => expect(phase).toBe("Running"));
  });
});
