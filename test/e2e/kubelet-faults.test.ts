/** A node whose engine, containers or manifests come and go. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { rm } from "node:fs/promises";
import type { ContainerStatus, Node, Pod } from "#api/generated/core-v1.ts";
import { BUSYBOX, KubelithHost } from "./kubelith-host.ts";
import { aDeployment, aPod, sleeper } from "./manifests.ts";

const NAME = "klfault";

let host: KubelithHost;
beforeAll(async () => {
  host = await KubelithHost.start({ name: NAME });
  const initContainers = [{ name: "init", image: BUSYBOX, command: ["true"] }];
  await host.apply([aDeployment("web", { replicas: 2 }), aPod("initialized", { spec: { initContainers } })]);
  await allReady();
});
afterAll(() => host?.[Symbol.asyncDispose]());

async function allReady(): Promise<void> {
  await host.eventually(async () => {
    await host.kubectl.run("rollout", "status", "deployment/web", "--timeout=1s");
    await host.kubectl.run("wait", "--for=condition=Ready", "pod/initialized", "--timeout=1s");
  }, 90_000);
}

/** Waits until the API tells of the containers that the engine has, and no longer of those from before a fault. */
async function statusIsOfWhatRuns(): Promise<void> {
  await host.eventually(async () => {
    const running = (await host.docker.docker("ps", "-q", "--no-trunc")).split("\n");
    const told = (await containers()).map(({ containerID = "" }) => containerID.replace("docker://", ""));
    expect(running).toEqual(expect.arrayContaining(told));
  }, 90_000);
}

async function nodeBecomes(status: "True" | "False", message: string): Promise<void> {
  await host.eventually(async () => {
    const node = await host.json<Node>("node", NAME);
    const ready = node.status?.conditions?.find(({ type }) => type === "Ready");
    expect(ready).toMatchObject({ status, message });
  }, 90_000);
}

async function containers(): Promise<readonly ContainerStatus[]> {
  const { items } = await host.json<{ readonly items: readonly Pod[] }>("pods");
  return items.flatMap(({ status }) => status?.containerStatuses ?? []);
}

test("a node without its engine is not ready, and all is well again once it is back", async () => {
  const before = await containers();
  await host.docker.stopEngine();
  await nodeBecomes("False", "container runtime is down");
  await host.docker.startEngine();
  await nodeBecomes("True", "kubelet is posting ready status");
  await allReady();
  const after = await containers();
  expect(after.map(({ restartCount }) => restartCount)).toEqual(
    before.map(({ restartCount }) => restartCount + 1),
  );
});

test("an engine that crashes takes nothing with it for good", async () => {
  await host.docker.stopEngine("KILL");
  await host.docker.startEngine();
  await nodeBecomes("True", "kubelet is posting ready status");
  await statusIsOfWhatRuns();
  await allReady();
});

test("after a reboot without any containers the same pods run, one restart later", async () => {
  const before = await containers();
  await host.stopServer();
  const ids = (await host.docker.docker("ps", "-aq")).split("\n");
  await host.docker.docker("rm", "-f", ...ids);
  await host.startServer();
  // What the API tells first is from before the reboot.
  await host.eventually(async () => {
    const after = (await containers()).map(({ restartCount, ready }) => ({ restartCount, ready }));
    expect(after).toEqual(
      before.map(({ restartCount }) => ({ restartCount: restartCount + 1, ready: true })),
    );
  });
});

test("a manifest in the directory runs as a static pod until it is removed", async () => {
  const path = `${host.dataDirectory}/agent/pod-manifests/static.json`;
  await Bun.write(
    path,
    JSON.stringify(aPod("static", { container: sleeper, spec: { terminationGracePeriodSeconds: 1 } })),
  );
  const name = `static-${NAME}`;
  await host.eventually(async () => {
    expect(await host.jsonpath("pod", name, "{.status.phase}")).toBe("Running");
  });
  const { containerID = "" } = (await host.json<Pod>("pod", name)).status?.containerStatuses?.[0] ?? {};
  await host.kubectl.run("delete", "pod", name, "--wait=false");
  await host.eventually(async () => {
    const pod = await host.json<Pod>("pod", name);
    expect(pod.status?.containerStatuses?.[0]).toMatchObject({ containerID, restartCount: 0 });
  });
  await rm(path);
  await host.eventually(async () => {
    expect(await host.kubectl.run("get", "pods", "-o", "name")).not.toContain(name);
    expect(
      await host.docker.docker("ps", "-q", "--filter", `id=${containerID.replace("docker://", "")}`),
    ).toBe("");
  });
});
