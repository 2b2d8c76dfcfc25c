import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { AgentHost, inUrl } from "./agent-host.ts";
import { KubelithHost } from "./kubelith-host.ts";
import { aPod, aService, webServer } from "./manifests.ts";

interface Cluster {
  readonly server: KubelithHost;
  readonly agent: AgentHost;
}

const fetchText = async ({ server }: Cluster, url: string): Promise<string> =>
  (await server.kubectl.run("exec", "client", "--", "timeout", "5", "wget", "-q", "-O", "-", url)).trim();

/** A web server on the agent, and a client on the server. */
async function runPods({ server, agent }: Cluster, service: object): Promise<void> {
  await server.apply([
    aPod("web", { container: webServer, spec: { nodeName: agent.name } }),
    aPod("client", { spec: { nodeName: server.name } }),
    aService("web", service),
  ]);
  await server.kubectl.run("wait", "--for=condition=Ready", "pod", "--all", "--timeout=60s");
}

/** What pods have as their nameservers, all of which answer. */
async function nameservers({ server }: Cluster): Promise<readonly string[]> {
  const settings = await server.kubectl.run("exec", "client", "--", "cat", "/etc/resolv.conf");
  const found = [...settings.matchAll(/^nameserver (\S+)$/gm)].map(([, address = ""]) => address);
  const question = ["nslookup", "web.default.svc.cluster.local"];
  for (const address of found)
    await server.eventually(async () => server.kubectl.run("exec", "client", "--", ...question, address));
  return found;
}

describe("a cluster of both families", () => {
  let cluster: Cluster;
  beforeAll(async () => {
    const flags = ["--cluster-cidr=10.42.0.0/16,fd42::/56", "--service-cidr=10.43.0.0/16,fd43::/112"];
    const server = await KubelithHost.start({ name: "dualsrv", flags });
    cluster = { server, agent: await AgentHost.start({ name: "dualagt", server, flags: [] }) };
    await runPods(cluster, { ipFamilyPolicy: "RequireDualStack" });
  });
  afterAll(async () => {
    await cluster?.agent[Symbol.asyncDispose]();
    await cluster?.server[Symbol.asyncDispose]();
  });

  test("pods and Services have addresses of both, which answer across hosts", async () => {
    const { server } = cluster;
    expect(await server.jsonpath("node", server.name, "{.spec.podCIDRs}")).toBe(
      '["10.42.0.0/24","fd42::/64"]',
    );
    const pod = await server.jsonpath("pod", "web", "{.status.podIPs[*].ip}");
    expect(pod).toMatch(/^10\.42\.1\.\d+ fd42:0:0:1::[\da-f]+$/);
    const service = await server.jsonpath("service", "web", "{.spec.clusterIPs[*]}");
    expect(service).toMatch(/^10\.43\.\d+\.\d+ fd43::[\da-f]+$/);
    const urls = [
      ...pod.split(" ").map((address) => `http://${inUrl(address)}:8080/`),
      ...service.split(" ").map((address) => `http://${inUrl(address)}/`),
    ];
    for (const url of urls)
      await server.eventually(async () => expect(await fetchText(cluster, url), url).toBe("web"));
  });

  test("the cluster DNS answers at an address of each", async () => {
    expect(await nameservers(cluster)).toEqual(["10.43.0.10", "fd43::a"]);
  });
});

describe("a cluster of IPv6 alone", () => {
  let cluster: Cluster;
  beforeAll(async () => {
    const flags = ["--cluster-cidr=fd42::/56", "--service-cidr=fd43::/112", "--bind-address=::"];
    const server = await KubelithHost.start({ name: "sixsrv", flags, isIPv6: true });
    cluster = { server, agent: await AgentHost.start({ name: "sixagt", server, isIPv6: true }) };
    await runPods(cluster, {});
  });
  afterAll(async () => {
    await cluster?.agent[Symbol.asyncDispose]();
    await cluster?.server[Symbol.asyncDispose]();
  });

  test("has no address of another family, and pods, probes and Services work by names across hosts", async () => {
    const { server, agent } = cluster;
    const internal = '{.status.addresses[?(@.type=="InternalIP")].address}';
    expect(await server.jsonpath("node", agent.name, internal)).toBe(agent.address);
    expect(await server.jsonpath("pod", "web", "{.status.podIPs[*].ip}")).toMatch(/^fd42:0:0:1::[\da-f]+$/);
    expect(await server.jsonpath("service", "web", "{.spec.clusterIPs[*]}")).toMatch(/^fd43::[\da-f]+$/);
    expect(await nameservers(cluster)).toEqual(["fd43::a"]);
    await server.eventually(async () => expect(await fetchText(cluster, "http://web/")).toBe("web"));
  });

  test("logs, exec and the proxy reach pods of the other host", async () => {
    const { server } = cluster;
    expect(await server.kubectl.run("logs", "web")).toBe("");
    expect(await server.kubectl.run("exec", "web", "--", "hostname")).toBe("web\n");
    const proxied = "/api/v1/namespaces/default/pods/web:8080/proxy/";
    expect(await server.kubectl.run("get", "--raw", proxied)).toBe("web\n");
  });
});
