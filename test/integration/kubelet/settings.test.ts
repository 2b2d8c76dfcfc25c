import { afterEach, describe, expect, test } from "bun:test";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PodSpec } from "#api/generated/core-v1.ts";
import type { KubeletSettings } from "#kubelet/kubelet-settings.ts";
import { aNode, NODE, type TestNode, type TestNodeOptions } from "./test-node.ts";

let node: TestNode | undefined;
afterEach(async () => {
  await node?.[Symbol.asyncDispose]();
  node = undefined;
});

async function aTunedNode(
  settings: Partial<KubeletSettings>,
  kubelet: TestNodeOptions["kubelet"] = {},
): Promise<TestNode> {
  node = await aNode({ kubelet: { ...kubelet, settings } });
  return node;
}

const LIMITED: Partial<PodSpec> = {
  containers: [{ name: "app", image: "app:1", resources: { limits: { cpu: "250m" } } }],
};

const withSysctl = (name: string): Partial<PodSpec> => ({
  securityContext: { sysctls: [{ name, value: "1" }] },
});

describe("settings of a kubelet", () => {
  test("bound the processes of containers, and lift the limits of their CPU time", async () => {
    const tuned = await aTunedNode({ podPidsLimit: 64, cpuCFSQuota: false });
    await tuned.createPod("web", LIMITED);
    const { resources } = await tuned.configOf("web");
    expect(resources).toEqual({ cpuShares: 256, pidsLimit: 64, oomScoreAdj: 999 });
  });

  test("confine containers that name no profile", async () => {
    const tuned = await aTunedNode({ seccompDefault: true });
    await tuned.createPod("web");
    await tuned.createPod("free", { securityContext: { seccompProfile: { type: "Unconfined" } } });
    expect((await tuned.configOf("web")).security.seccomp).toBe("runtimeDefault");
    expect((await tuned.configOf("free")).security.seccomp).toBe("unconfined");
  });

  test("let pods set more of the kernel", async () => {
    const tuned = await aTunedNode({ allowedUnsafeSysctls: ["kernel.msg*", "net.core.somaxconn"] });
    await tuned.createPod("queue", withSysctl("kernel.msgmax"));
    await tuned.createPod("web", withSysctl("net/core/somaxconn"));
    await tuned.createPod("other", withSysctl("net.core.rmem_max"));
    for (const name of ["queue", "web"]) {
      await tuned.statusOf(name, ({ phase }) => expect(phase).toBe("Running"));
    }
    const { reason } = await tuned.statusOf("other", ({ phase }) => expect(phase).toBe("Failed"));
    expect(reason).toBe("SysctlForbidden");
  });

  test("slow pulls down", async () => {
    const tuned = await aTunedNode({ registryPullQPS: 1, registryBurst: 1 });
    for (const image of ["a:1", "b:1"]) tuned.runtime.images.registry.set(image, { id: `sha256:${image}` });
    await tuned.createPod("web", {
      containers: [
        { name: "a", image: "a:1" },
        { name: "b", image: "b:1" },
      ],
    });
    const { containerStatuses = [] } = await tuned.statusOf("web", (status) => {
      expect(status.containerStatuses?.[0]?.ready).toBe(true);
    });
    expect(containerStatuses[1]?.state?.waiting).toEqual({
      reason: "ErrImagePull",
      message: "pull QPS exceeded",
    });
    await tuned.statusOf("web", ({ phase }) => expect(phase).toBe("Running"));
  });

  test("say how many pods the node takes, and what its status and its lease tell", async () => {
    const settings = { podsPerCore: 3, nodeStatusMaxImages: 0, nodeLeaseDurationSeconds: 60 };
    const tuned = await aTunedNode(settings, { providerID: "shop://rack=7" });
    const { spec, status } = await tuned.cluster.client.get("Node", { name: NODE });
    expect(spec.providerID).toBe("shop://rack=7");
    expect(status?.capacity?.["pods"]).toBe("12");
    expect(status?.images ?? []).toEqual([]);
    const lease = await tuned.cluster.client.get("Lease", { namespace: "kube-node-lease", name: NODE });
    expect(lease.spec?.leaseDurationSeconds).toBe(60);
  });
});

test("the manifests of static pods may be one file", async () => {
  const file = join(tmpdir(), `kubelith-static-${crypto.randomUUID()}.yaml`);
  await writeFile(
    file,
    "apiVersion: v1\nkind: Pod\nmetadata: { name: web }\nspec: { containers: [{ name: app, image: 'app:1' }] }\n",
  );
  const tuned = await aTunedNode({}, { manifestDirectory: file });
  await tuned.statusOf(`web-${NODE}`, ({ phase }) => expect(phase).toBe("Running"));
  await Bun.file(file).delete();
});
