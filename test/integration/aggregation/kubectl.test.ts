import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { basename } from "node:path";
import { aNode, aPod, aServiceAccount } from "#testing/objects.ts";
import { installedKubectls, Kubectl, modernKubectls } from "../front/kubectl.ts";
import { until } from "../until.ts";
import { ExtendedCluster } from "./cluster.ts";

const paths = installedKubectls();
const clusters = new Map<boolean, ExtendedCluster>();

/** An extended cluster whose extension server is old, or is not. */
async function start(isOld: boolean): Promise<void> {
  const cluster = await ExtendedCluster.start({ isOld });
  clusters.set(isOld, cluster);
  const { client } = cluster.server;
  await cluster.register("wardle.example.com", "v1alpha1");
  await cluster.register("metrics.k8s.io", "v1beta1");
  await cluster.untilAvailable("v1alpha1.wardle.example.com");
  await cluster.untilAvailable("v1beta1.metrics.k8s.io");
  await client.create("ServiceAccount", aServiceAccount("default"));
  await client.create("Pod", aPod("web"));
  const node = await client.create("Node", aNode("n1"));
  const status = { allocatable: { cpu: "1", memory: "1Gi" }, capacity: { cpu: "1", memory: "1Gi" } };
  await client.updateStatus("Node", { ...node, status });
  await until(async () => (await read(cluster, "/openapi/v2")).includes("com.example.wardle"));
  await until(async () => (await read(cluster, "/openapi/v3")).includes("wardle"));
  await until(async () =>
    (
      await read(cluster, "/apis", "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList")
    ).includes("flunders"),
  );
}

async function read({ server }: ExtendedCluster, path: string, accept = "application/json"): Promise<string> {
  return (await server.connect().send({ path, headers: { accept } })).text;
}

beforeAll(async () => {
  await start(false);
  await start(true);
});
afterAll(async () => {
  for (const cluster of clusters.values()) await cluster[Symbol.asyncDispose]();
});

describe.each([false, true])("kubectl with an extension server that is old: %p", (isOld) => {
  const run = (path: string) => {
    const { kubeconfig, directory } = (clusters.get(isOld) as ExtendedCluster).server;
    return new Kubectl(path, { kubeconfig, home: `${directory}/${basename(path)}` });
  };

  describe.each([paths[0], paths.at(-1)].filter((path) => path !== undefined))("%s", (path) => {
    test("knows the resources of the extension server", async () => {
      const listed = await run(path).run("api-resources", "--api-group=wardle.example.com");
      expect(listed).toMatch(/flunders +fl +wardle\.example\.com\/v1alpha1 +true +Flunder/);
    });

    test("creates, gets and deletes", async () => {
      const kubectl = run(path);
      const manifest = JSON.stringify({
        apiVersion: "wardle.example.com/v1alpha1",
        kind: "Flunder",
        metadata: { name: "a" },
        spec: { reference: "b" },
      });
      expect(await kubectl.pipe(manifest, "create", "-f", "-")).toContain(
        "flunder.wardle.example.com/a created",
      );
      expect(await kubectl.run("get", "fl", "-o", "name")).toBe("flunder.wardle.example.com/a\n");
      expect(await kubectl.run("get", "flunders")).toMatch(/^NAME +AGE\na +/);
      expect(await kubectl.run("delete", "flunder", "a")).toContain('flunder.wardle.example.com "a" deleted');
    });

    test("explains a kind of the extension server", async () => {
      const explained = await run(path).run("explain", "flunders.spec.reference");
      expect(explained).toMatch(/reference/i);
      expect(explained).toContain("Reference names another flunder.");
    });

    test("tops nodes and pods", async () => {
      expect(await run(path).run("top", "nodes")).toMatch(/n1 +250m +25% +512Mi +50%/);
      expect(await run(path).run("top", "pods")).toMatch(/web +5m +20Mi/);
    });
  });
});

test("lists APIServices", async () => {
  const { kubeconfig, directory } = (clusters.get(false) as ExtendedCluster).server;
  const kubectl = new Kubectl(modernKubectls().at(-1) ?? "kubectl", { kubeconfig, home: directory });
  const lines = (await kubectl.run("get", "apiservices")).trim().split("\n");
  expect(lines.map((line) => line.split(/ {2,}/).slice(0, 3).join(" "))).toEqual(
    expect.arrayContaining([
      "NAME SERVICE AVAILABLE",
      "v1. Local True",
      "v1.apps Local True",
      "v1alpha1.wardle.example.com wardle/extension True",
      "v1beta1.metrics.k8s.io wardle/extension True",
    ]),
  );
});
