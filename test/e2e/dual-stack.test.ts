import { afterAll, beforeAll, expect, test } from "bun:test";
import { KubelithHost } from "./kubelith-host.ts";
import { aDeployment, aPod, aService } from "./manifests.ts";

let host: KubelithHost;

beforeAll(async () => {
  const flags = ["--cluster-cidr=10.42.0.0/16,fd42::/56", "--service-cidr=10.43.0.0/16,fd43::/112"];
  host = await KubelithHost.start({ name: "dual", flags });
  await host.apply([
    aDeployment("web", { replicas: 1 }),
    aService("web", { ipFamilyPolicy: "RequireDualStack" }),
    aPod("client"),
  ]);
  await host.kubectl.run("rollout", "status", "deployment/web", "--timeout=60s");
  await host.kubectl.run("wait", "--for=condition=Ready", "pod/client", "--timeout=60s");
});
afterAll(() => host?.[Symbol.asyncDispose]());

test("nodes have ranges, pods and Services addresses of both families, and all of them answer", async () => {
  expect(await host.jsonpath("node", "dual", "{.spec.podCIDRs}")).toBe('["10.42.0.0/24","fd42::/64"]');
  const web = await host.kubectl.run(
    "get",
    "pods",
    "-l",
    "app=web",
    "-o",
    "jsonpath={.items[0].status.podIPs[*].ip}",
  );
  expect(web).toMatch(/^10\.42\.0\.\d+ fd42::[\da-f]+$/);
  const service = await host.jsonpath("service", "web", "{.spec.clusterIPs[*]}");
  expect(service).toMatch(/^10\.43\.\d+\.\d+ fd43::[\da-f]+$/);
  const name = await host.kubectl.run(
    "get",
    "pods",
    "-l",
    "app=web",
    "-o",
    "jsonpath={.items[0].metadata.name}",
  );
  for (const address of `${web} ${service}`.split(" ")) {
    const port = service.includes(address) ? "" : ":8080";
    const url = address.includes(":") ? `http://[${address}]${port}/` : `http://${address}${port}/`;
    await host.eventually(async () => {
      const answer = await host.kubectl.run(
        "exec",
        "client",
        "--",
        "timeout",
        "5",
        "wget",
        "-q",
        "-O",
        "-",
        url,
      );
      expect(answer, url).toContain(name);
    });
  }
});
