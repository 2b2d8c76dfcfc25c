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
  console.log(JSON.stringify(running.status, undefined, 1), await node.eventsOf("web"), node.runtime.calls);
  await node.cluster.client.delete("Pod", { namespace: "default", name: "web" });
  await node.eventually(async () => {
    const { items } = await node.cluster.client.list("Pod");
    expect(items).toEqual([]);
  });
  console.log(await node.eventsOf("web"), node.runtime.calls);
});
