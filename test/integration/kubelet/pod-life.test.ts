import { afterEach, beforeEach, expect, test } from "bun:test";
import { aNode, type TestNode } from "./test-node.ts";

let node: TestNode;
beforeEach(async () => {
  node = await aNode();
});
afterEach(() => node[Symbol.asyncDispose]());

test("a pod starts, is reported and goes", async () => {
  await node.createPod("web");
  const running = await node.eventually(async () => {
    const pod = await node.pod("web");
    expect(pod.status?.phase).toBe("Running");
    return pod;
  });
  expect(running.status).toMatchObject({
    hostIP: "192.168.1.20",
    podIP: expect.stringMatching(/^10\.244\.0\./),
    qosClass: "BestEffort",
    containerStatuses: [{ name: "app", ready: true, started: true, restartCount: 0, image: "app:1" }],
  });
  expect(node.runtime.calls).toEqual(["runSandbox web", "createContainer web/app", "startContainer web/app"]);
  await node.cluster.client.delete("Pod", { namespace: "default", name: "web" });
  await node.eventually(async () => {
    const { items } = await node.cluster.client.list("Pod");
    expect(items).toEqual([]);
  });
  expect(await node.eventsOf("web")).toEqual([
    'Pulled: Container image "app:1" already present on machine and can be accessed by the pod',
    "Created: Container created",
    "Started: Container started",
    "Killing: Stopping container app",
  ]);
  expect(node.runtime.calls.slice(3)).toEqual([
    "stopContainer web/app 30s",
    "stopSandbox web",
    "removeSandbox web",
  ]);
});
