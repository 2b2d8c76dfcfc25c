import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { Node, NodeCondition } from "#api/generated/core-v1.ts";
import { aNode, NODE, NODE_IP, RESOURCES, type TestNode } from "./test-node.ts";

let node: TestNode;
beforeEach(async () => {
  node = await aNode({
    kubelet: {
      nodeLabels: { disk: "ssd" },
      nodeTaints: [{ key: "dedicated", value: "gpu", effect: "NoSchedule" }],
    },
  });
});
afterEach(() => node[Symbol.asyncDispose]());

const theNode = (): Promise<Node> => node.cluster.client.get("Node", { name: NODE });

/** The events about the node. */
async function eventsOfNode(): Promise<readonly string[]> {
  const { items } = await node.cluster.client.list("Event", { namespace: "default" });
  return items
    .filter(({ involvedObject }) => involvedObject.kind === "Node")
    .map(({ reason = "", message = "" }) => `${reason}: ${message}`);
}

async function condition(type: string): Promise<NodeCondition | undefined> {
  const { status } = await theNode();
  return status?.conditions?.find((each) => each.type === type);
}

async function becomes(type: string, expected: Partial<NodeCondition>): Promise<void> {
  await node.eventually(async () => expect(await condition(type)).toMatchObject(expected));
}

describe("a node", () => {
  test("registers itself with what it is and has", async () => {
    const { metadata, spec, status } = await theNode();
    expect(metadata).toMatchObject({
      labels: {
        "beta.kubernetes.io/arch": "amd64",
        "beta.kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/hostname": NODE,
        "kubernetes.io/os": "linux",
        disk: "ssd",
      },
      annotations: { "volumes.kubernetes.io/controller-managed-attach-detach": "true" },
    });
    expect(spec).toMatchObject({
      podCIDR: "10.244.0.0/24",
      podCIDRs: ["10.244.0.0/24"],
    });
    expect(spec.taints).toContainEqual({ key: "dedicated", value: "gpu", effect: "NoSchedule" });
    expect(status).toMatchObject({
      capacity: { cpu: "4", memory: "8Gi", pods: "110", "ephemeral-storage": "100Gi" },
      allocatable: { cpu: "4", memory: "8092Mi", pods: "110", "ephemeral-storage": "96636764k" },
      addresses: [
        { type: "InternalIP", address: NODE_IP },
        { type: "Hostname", address: NODE },
      ],
      daemonEndpoints: { kubeletEndpoint: { Port: 10_250 } },
      images: [{ names: ["app:1"] }],
      nodeInfo: {
        architecture: "amd64",
        bootID: "boot-1",
        containerRuntimeVersion: "fake://1.0.0",
        kernelVersion: "6.12.0",
        kubeletVersion: "v1.36.0",
        operatingSystem: "linux",
        osImage: "Debian GNU/Linux 12 (bookworm)",
      },
    });
    expect(
      status?.conditions?.map(({ type, status: is, reason }) => `${type}=${is} ${String(reason)}`),
    ).toEqual([
      "MemoryPressure=False KubeletHasSufficientMemory",
      "DiskPressure=False KubeletHasNoDiskPressure",
      "PIDPressure=False KubeletHasSufficientPID",
      "Ready=True KubeletReady",
    ]);
    expect(await eventsOfNode()).toEqual(
      expect.arrayContaining([
        "Starting: Starting kubelet.",
        `NodeHasSufficientMemory: Node ${NODE} status is now: NodeHasSufficientMemory`,
        `NodeHasNoDiskPressure: Node ${NODE} status is now: NodeHasNoDiskPressure`,
        `NodeHasSufficientPID: Node ${NODE} status is now: NodeHasSufficientPID`,
      ]),
    );
  });

  test("gets labels back that it must have, and keeps those of others", async () => {
    const document = { metadata: { labels: { "kubernetes.io/os": "plan9", zone: "a" } } };
    await node.cluster.client.patch("Node", { name: NODE }, { type: "merge", document });
    await node.stopKubelet();
    await node.startKubelet();
    await node.eventually(async () => {
      expect((await theNode()).metadata.labels).toMatchObject({ "kubernetes.io/os": "linux", zone: "a" });
    });
  });

  test("that somebody deletes stays away until the kubelet starts anew", async () => {
    const { client } = node.cluster;
    const isThere = (): Promise<boolean> =>
      client.get("Node", { name: NODE }).then(
        () => true,
        () => false,
      );
    await client.delete("Node", { name: NODE });
    await node.advance(30_000, 5000);
    expect(await isThere()).toBe(false);
    await node.stopKubelet();
    await node.startKubelet();
    expect(await isThere()).toBe(true);
  });

  test("that was rebooted says so", async () => {
    await node.stopKubelet();
    // Events of one moment have one name.
    await node.advance(1000, 500);
    node.machine = { ...node.machine, bootID: "boot-2" };
    await node.startKubelet();
    await node.eventually(async () => {
      expect(await eventsOfNode()).toContain(`Rebooted: Node ${NODE} has been rebooted, boot id: boot-2`);
    });
    expect((await theNode()).status?.nodeInfo?.bootID).toBe("boot-2");
  });

  test("tells that it was cordoned and that this is over", async () => {
    for (const [unschedulable, reason] of [
      [true, "NodeNotSchedulable"],
      [false, "NodeSchedulable"],
    ] as const) {
      const document = { spec: { unschedulable } };
      await node.cluster.client.patch("Node", { name: NODE }, { type: "merge", document });
      await node.eventually(async () => {
        expect(await eventsOfNode()).toContain(`${reason}: Node ${NODE} status is now: ${reason}`);
      });
    }
  });
});

describe("heartbeats", () => {
  test("renew the node's Lease every ten seconds, and the status only when something changes", async () => {
    const { client, clock } = node.cluster;
    const lease = () => client.get("Lease", { namespace: "kube-node-lease", name: NODE });
    await node.advance(20_000);
    const { resourceVersion } = (await theNode()).metadata;
    const times = new Set<string>();
    const start = clock.now();
    while (clock.now() - start < 60_000) {
      times.add(String((await lease()).spec?.renewTime));
      await node.advance(1000, 1000);
    }
    expect([6, 7]).toContain(times.size);
    expect((await theNode()).metadata.resourceVersion).toBe(resourceVersion);
    const { metadata, spec } = await lease();
    expect(spec).toMatchObject({ holderIdentity: NODE, leaseDurationSeconds: 40 });
    expect(metadata.ownerReferences).toMatchObject([{ kind: "Node", name: NODE }]);
  });

  test("write the unchanged status every five minutes", async () => {
    const before = (await condition("Ready"))?.lastHeartbeatTime;
    await node.advance(290_000, 10_000);
    expect((await condition("Ready"))?.lastHeartbeatTime).toBe(String(before));
    await node.advance(30_000, 10_000);
    expect((await condition("Ready"))?.lastHeartbeatTime).not.toBe(String(before));
  });
});

describe("pressure", () => {
  interface Case {
    readonly name: string;
    readonly resources: Partial<typeof RESOURCES>;
    readonly condition: NodeCondition["type"];
    readonly reason: string;
    readonly event: string;
  }
  const cases: readonly Case[] = [
    {
      name: "little memory",
      resources: { memoryAvailableBytes: 50 * 2 ** 20 },
      condition: "MemoryPressure",
      reason: "KubeletHasInsufficientMemory",
      event: "NodeHasInsufficientMemory",
    },
    {
      name: "little disk",
      resources: { diskAvailableBytes: 5 * 2 ** 30 },
      condition: "DiskPressure",
      reason: "KubeletHasDiskPressure",
      event: "NodeHasDiskPressure",
    },
    {
      name: "few inodes",
      resources: { inodesFree: 40_000 },
      condition: "DiskPressure",
      reason: "KubeletHasDiskPressure",
      event: "NodeHasDiskPressure",
    },
    {
      name: "no process ids",
      resources: { pids: 32_768 },
      condition: "PIDPressure",
      reason: "KubeletHasInsufficientPID",
      event: "NodeHasInsufficientPID",
    },
  ];

  test.each(cases)("of $name comes and goes", async ({ resources, condition: type, reason, event }) => {
    node.resources = { ...RESOURCES, ...resources };
    await becomes(type, { status: "True", reason });
    await node.eventually(async () => {
      expect(await eventsOfNode()).toContain(`${event}: Node ${NODE} status is now: ${event}`);
    });
    node.resources = RESOURCES;
    await becomes(type, { status: "False" });
  });
});

describe("a container runtime", () => {
  test("that is gone makes the node unready after 30 s, and ready again when it is back", async () => {
    await node.createPod("web");
    await node.statusOf("web", ({ phase }) => expect(phase).toBe("Running"));
    node.runtime.stopEngine();
    await node.advance(25_000);
    expect((await condition("Ready"))?.status).toBe("True");
    await becomes("Ready", {
      status: "False",
      reason: "KubeletNotReady",
      message: "container runtime is down",
    });
    await node.eventually(async () => {
      expect(await eventsOfNode()).toContain(`NodeNotReady: Node ${NODE} status is now: NodeNotReady`);
    });
    node.runtime.startEngine();
    await becomes("Ready", { status: "True", reason: "KubeletReady" });
    await node.statusOf("web", ({ containerStatuses = [] }) => {
      expect(containerStatuses[0]).toMatchObject({ ready: true, restartCount: 1 });
    });
    expect(await node.eventsOf("web")).toContain(
      "SandboxChanged: Pod sandbox changed, it will be killed and re-created.",
    );
  });

  test("that hangs makes the node unready after three minutes, and ready again when it answers", async () => {
    const resume = node.runtime.hang();
    await node.advance(170_000, 1000);
    expect((await condition("Ready"))?.status).toBe("True");
    await becomes("Ready", {
      status: "False",
      message: expect.stringMatching(
        /^PLEG is not healthy: pleg was last seen active 3m[\d.]+s ago; threshold is 3m0s$/,
      ) as unknown as string,
    });
    resume();
    await becomes("Ready", { status: "True" });
  });
});
