import { afterAll, beforeAll, expect, test } from "bun:test";
import { AgentHost } from "./agent-host.ts";
import { KubelithHost } from "./kubelith-host.ts";
import { aPod, aService, webServer } from "./manifests.ts";

let server: KubelithHost;
let agent: AgentHost;

beforeAll(async () => {
  const flags = ["--cluster-cidr=10.42.0.0/16,fd42::/56", "--service-cidr=10.43.0.0/16,fd43::/112"];
  server = await KubelithHost.start({ name: "dualsrv", flags });
  agent = await AgentHost.start({ name: "dualagt", server, flags: [] });
  await server.apply([
    aPod("web", { container: webServer, spec: { nodeName: agent.name } }),
    aPod("client", { spec: { nodeName: server.name } }),
    aService("web", { ipFamilyPolicy: "RequireDualStack" }),
  ]);
  await server.kubectl.run("wait", "--for=condition=Ready", "pod", "--all", "--timeout=60s");
});
afterAll(async () => {
  await agent?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
});

test("pods and Services have addresses of both families, which answer across hosts", async () => {
  expect(await server.jsonpath("node", server.name, "{.spec.podCIDRs}")).toBe('["10.42.0.0/24","fd42::/64"]');
  const pod = await server.jsonpath("pod", "web", "{.status.podIPs[*].ip}");
  expect(pod).toMatch(/^10\.42\.1\.\d+ fd42:0:0:1::[\da-f]+$/);
  const service = await server.jsonpath("service", "web", "{.spec.clusterIPs[*]}");
  expect(service).toMatch(/^10\.43\.\d+\.\d+ fd43::[\da-f]+$/);
  const urls = [
    ...pod.split(" ").map((address) => `http://${inUrl(address)}:8080/`),
    ...service.split(" ").map((address) => `http://${inUrl(address)}/`),
  ];
  for (const url of urls) {
    await server.eventually(async () => {
      const fetch = ["timeout", "5", "wget", "-q", "-O", "-", url];
      expect((await server.kubectl.run("exec", "client", "--", ...fetch)).trim(), url).toBe("web");
    });
  }
});

function inUrl(address: string): string {
  return address.includes(":") ? `[${address}]` : address;
}
