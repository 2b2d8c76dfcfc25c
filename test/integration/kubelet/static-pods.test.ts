import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Pod } from "#api/generated/core-v1.ts";
import { aNode, NODE, type TestNode } from "./test-node.ts";

let node: TestNode;
const complaints: string[] = [];
beforeEach(async () => {
  complaints.length = 0;
  node = await aNode();
});
afterEach(() => node[Symbol.asyncDispose]());

const manifest = (command: string): string => `
apiVersion: v1
kind: Pod
metadata: { name: web, labels: { app: web } }
spec:
  terminationGracePeriodSeconds: 1
  containers: [{ name: app, image: "app:1", command: [${command}] }]
`;

const NAME = `web-${NODE}`;

/** Written beside and moved, so that nobody reads half of it. */
async function write(file: string, text: string): Promise<void> {
  await writeFile(join(node.manifests, `.${file}`), text);
  await rename(join(node.manifests, `.${file}`), join(node.manifests, file));
}

function mirror(check: (pod: Pod) => void): Promise<Pod> {
  return node.eventually(async () => {
    const pod = await node.pod(NAME);
    check(pod);
    return pod;
  });
}

const isRunning = ({ status }: Pod): void => expect(status?.phase).toBe("Running");

describe("a static pod", () => {
  test("runs and has a mirror in the API that the node owns", async () => {
    await write("web.yaml", manifest("serve"));
    const { metadata, spec, status } = await mirror(isRunning);
    const { annotations = {} } = metadata;
    expect(metadata).toMatchObject({
      labels: { app: "web" },
      ownerReferences: [{ kind: "Node", name: NODE, controller: true }],
    });
    expect(annotations["kubernetes.io/config.source"]).toBe("file");
    expect(annotations["kubernetes.io/config.mirror"]).toBe(String(annotations["kubernetes.io/config.hash"]));
    expect(spec).toMatchObject({
      nodeName: NODE,
      tolerations: expect.arrayContaining([{ operator: "Exists", effect: "NoExecute" }]),
    });
    expect(status?.containerStatuses).toMatchObject([{ name: "app", ready: true, restartCount: 0 }]);
  });

  test("is made anew when its file changes", async () => {
    await write("web.yaml", manifest("serve"));
    const before = await mirror(isRunning);
    await write("web.yaml", manifest("other"));
    const after = await mirror((pod) => {
      isRunning(pod);
      expect(pod.spec.containers[0]?.command).toEqual(["other"]);
    });
    expect(after.metadata.uid).not.toBe(before.metadata.uid);
    expect((await node.configOf(NAME)).command).toEqual(["other"]);
    expect(node.kubelet.pods()).toHaveLength(1);
  });

  test("goes with its file, and its mirror with it", async () => {
    await write("web.yaml", manifest("serve"));
    await mirror(isRunning);
    await rm(join(node.manifests, "web.yaml"));
    await node.eventually(async () => {
      expect((await node.cluster.client.list("Pod")).items).toEqual([]);
      expect(await node.runtime.listSandboxes()).toEqual([]);
    });
  });

  test("goes on when its mirror is deleted, and gets another", async () => {
    await write("web.yaml", manifest("serve"));
    const before = await mirror(isRunning);
    const name = { namespace: "default", name: NAME };
    await node.cluster.client.delete("Pod", name, { gracePeriodSeconds: 0 });
    const after = await mirror((pod) => {
      isRunning(pod);
      expect(pod.metadata.uid).not.toBe(before.metadata.uid);
    });
    expect(after.status?.containerStatuses?.[0]).toMatchObject({
      restartCount: 0,
      containerID: before.status?.containerStatuses?.[0]?.containerID,
    });
  });

  test("is adopted by the next kubelet", async () => {
    await write("web.yaml", manifest("serve"));
    const before = await mirror(isRunning);
    const { length } = node.runtime.calls;
    await node.stopKubelet();
    await node.startKubelet();
    await node.advance(30_000);
    const after = await mirror(isRunning);
    expect(after.metadata.uid).toBe(before.metadata.uid);
    expect(node.runtime.calls.slice(length)).toEqual([]);
  });

  test("whose file went while no kubelet ran is stopped by the next one", async () => {
    await write("web.yaml", manifest("serve"));
    await mirror(isRunning);
    await node.stopKubelet();
    await rm(join(node.manifests, "web.yaml"));
    await node.startKubelet();
    await node.eventually(async () => {
      expect((await node.cluster.client.list("Pod")).items).toEqual([]);
      expect(await node.runtime.listSandboxes()).toEqual([]);
    });
  });
});

describe("a file that is no manifest of a pod", () => {
  const broken: readonly (readonly [name: string, text: string])[] = [
    ["not YAML", "{{{"],
    ["a value inside of itself", "apiVersion: v1\nkind: Pod\nmetadata: &a { name: web, labels: *a }\n"],
    ["another kind", "apiVersion: v1\nkind: Service\nmetadata: { name: web }\n"],
    ["no name", "apiVersion: v1\nkind: Pod\nspec: { containers: [{ name: app, image: a }] }\n"],
    ["no containers", "apiVersion: v1\nkind: Pod\nmetadata: { name: web }\nspec: {}\n"],
    [
      "a reference to the API",
      "apiVersion: v1\nkind: Pod\nmetadata: { name: web }\nspec: { containers: [{ name: app, image: a, envFrom: [{ secretRef: { name: s } }] }] }\n",
    ],
  ];

  test.each(broken)("%s changes nothing for the others", async (_name, text) => {
    await write("web.yaml", manifest("serve"));
    await mirror(isRunning);
    await write("broken.yaml", text);
    await node.advance(30_000, 1000);
    expect((await node.cluster.client.list("Pod")).items).toHaveLength(1);
    await mirror(isRunning);
  });

  test("is used once it is right", async () => {
    await write("web.yaml", "{{{");
    await node.advance(5000, 1000);
    await write("web.yaml", manifest("serve"));
    await mirror(isRunning);
  });
});
