import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { KubelithHost } from "./kubelith-host.ts";
import { aDeployment, aPod, aService, WEB_PORT, webServer } from "./manifests.ts";

const DNS = "10.43.0.10";

let host: KubelithHost;
/** Names and addresses of the three replicas. */
let replicas: readonly { readonly name: string; readonly address: string }[];
let clusterIP: string;
let nodePort: string;

beforeAll(async () => {
  host = await KubelithHost.start({ name: "services" });
  await host.apply([
    aDeployment("web", { replicas: 3 }),
    aService("web", { type: "NodePort" }),
    aService("sticky", { selector: { app: "web" }, sessionAffinity: "ClientIP" }),
    aService("headless", { selector: { app: "web" }, clusterIP: "None" }),
    aService("self"),
    {
      ...aService("elsewhere"),
      spec: { type: "ExternalName", externalName: "web.default.svc.cluster.local" },
    },
    aPod("self", { container: webServer, spec: { hostname: "mirror", subdomain: "headless-self" } }),
    aService("headless-self", { selector: { app: "self" }, clusterIP: "None" }),
    aPod("client", { spec: { hostAliases: [{ ip: "192.0.2.7", hostnames: ["lucky", "lucky.example"] }] } }),
  ]);
  await host.kubectl.run("rollout", "status", "deployment/web", "--timeout=60s");
  await host.kubectl.run("wait", "--for=condition=Ready", "pod", "--all", "--timeout=60s");
  clusterIP = await host.jsonpath("service", "web", "{.spec.clusterIP}");
  nodePort = await host.jsonpath("service", "web", "{.spec.ports[0].nodePort}");
  const path = '{range .items[*]}{.metadata.name} {.status.podIP}{"\\n"}{end}';
  const lines = await host.kubectl.run("get", "pods", "-l", "app=web", "-o", `jsonpath=${path}`);
  replicas = lines
    .trim()
    .split("\n")
    .map((line) => ({ name: line.split(" ")[0] ?? "", address: line.split(" ")[1] ?? "" }));
  await host.eventually(async () => expect(await fromHost(`${host.address}:${nodePort}`)).not.toBe(""));
});
afterAll(() => host?.[Symbol.asyncDispose]());

const names = (): readonly string[] => replicas.map(({ name }) => name).toSorted();

async function fromHost(target: string): Promise<string> {
  return await host.run("curl", "-sS", "--fail", "--max-time", "5", `http://${target}/`);
}

async function inPod(pod: string, ...command: readonly string[]): Promise<string> {
  return (await host.kubectl.run("exec", pod, "--", ...command)).trim();
}

async function fromPod(target: string, pod = "client"): Promise<string> {
  return await inPod(pod, "timeout", "5", "wget", "-q", "-O", "-", `http://${target}/`);
}

/** Who answers so many requests in a row, each on a connection of its own. */
async function answers(count: number, target: string): Promise<readonly string[]> {
  const loop = `for i in $(seq ${String(count)}); do timeout 5 wget -q -O - http://${target}/ || echo failed; done`;
  return (await inPod("client", "sh", "-c", loop)).split("\n");
}

describe("a Service of three replicas", () => {
  const ways: { name: string; target: () => string }[] = [
    { name: "its ClusterIP", target: () => clusterIP },
    { name: "its NodePort", target: () => `${host.address}:${nodePort}` },
  ];

  test.each(ways)("answers the host by $name", async ({ target }) => {
    expect(names()).toContain(await fromHost(target()));
  });

  test.each(ways)("answers a pod by $name", async ({ target }) => {
    expect(names()).toContain(await fromPod(target()));
  });

  test.each(["web", "web.default", "web.default.svc", "web.default.svc.cluster.local"])(
    "answers a pod by its name %s",
    async (name) => {
      expect(names()).toContain(await fromPod(name));
    },
  );

  test("has a name that the host can look up", async () => {
    const found = await host.run("busybox", "nslookup", "web.default.svc.cluster.local", DNS);
    expect(found).toMatch(
      new RegExp(`Name:\\s+web\\.default\\.svc\\.cluster\\.local\\nAddress: ${clusterIP}`),
    );
  });

  test("brings each of them its share", async () => {
    const seen = await answers(60, clusterIP);
    expect([...new Set(seen)].toSorted()).toEqual([...names()]);
  });

  test("keeps a client at one of them when it has session affinity", async () => {
    const seen = await answers(20, "sticky");
    expect(new Set(seen).size).toBe(1);
    expect(names()).toContain(seen[0] ?? "");
  });
});

test("a pod reaches itself through its Service", async () => {
  expect(await fromPod("self", "self")).toBe("mirror");
});

describe("the cluster's names", () => {
  test("a headless Service has the addresses of its pods", async () => {
    const found = await inPod("client", "nslookup", "-type=a", "headless.default.svc.cluster.local");
    const addresses = [...found.matchAll(/^Address: (10\.42\.\S+)$/gm)].map(([, address = ""]) => address);
    expect(addresses.toSorted()).toEqual(replicas.map(({ address }) => address).toSorted());
    expect(names()).toContain(await fromPod(`headless:${String(WEB_PORT)}`));
  });

  test("a pod with a hostname and a subdomain has a name of its own", async () => {
    const name = "mirror.headless-self.default.svc.cluster.local";
    const address = await host.jsonpath("pod", "self", "{.status.podIP}");
    expect(await inPod("client", "nslookup", "-type=a", name)).toContain(
      `Name:\t${name}\nAddress: ${address}`,
    );
    expect(await inPod("self", "hostname", "-f")).toBe(name);
  });

  test("a Service of type ExternalName is an alias", async () => {
    const found = await inPod("client", "nslookup", "-type=a", "elsewhere.default.svc.cluster.local");
    expect(found).toContain(
      "elsewhere.default.svc.cluster.local\tcanonical name = web.default.svc.cluster.local",
    );
    expect(names()).toContain(await fromPod("elsewhere"));
  });

  test("a named port has an SRV record", async () => {
    const name = "_http._tcp.web.default.svc.cluster.local";
    expect(await inPod("client", "nslookup", "-type=srv", name)).toMatch(
      new RegExp(`${name}\\s+service = 0 100 80 web\\.default\\.svc\\.cluster\\.local`),
    );
  });

  test("the address of a Service leads back to its name", async () => {
    expect(await inPod("client", "nslookup", clusterIP)).toMatch(/name = web\.default\.svc\.cluster\.local/);
  });

  test("a name that does not exist is known not to", async () => {
    const result = await host.kubectl.try(
      "",
      "exec",
      "client",
      "--",
      "nslookup",
      "nobody.default.svc.cluster.local",
    );
    expect(result.stdout).toContain("** server can't find nobody.default.svc.cluster.local: NXDOMAIN");
  });
});

describe("files that Kubernetes writes for a pod", () => {
  test("/etc/resolv.conf names the cluster's DNS", async () => {
    expect(await inPod("client", "cat", "/etc/resolv.conf")).toBe(
      [
        "search default.svc.cluster.local svc.cluster.local cluster.local",
        `nameserver ${DNS}`,
        "options ndots:5",
      ].join("\n"),
    );
  });

  test("/etc/hosts names the pod and its aliases", async () => {
    const address = await host.jsonpath("pod", "client", "{.status.podIP}");
    expect(await inPod("client", "cat", "/etc/hosts")).toBe(
      [
        "# Kubernetes-managed hosts file.",
        "127.0.0.1\tlocalhost",
        "::1\tlocalhost ip6-localhost ip6-loopback",
        "fe00::0\tip6-localnet",
        "fe00::0\tip6-mcastprefix",
        "fe00::1\tip6-allnodes",
        "fe00::2\tip6-allrouters",
        `${address}\tclient`,
        "",
        "# Entries added by HostAliases.",
        "192.0.2.7\tlucky\tlucky.example",
      ].join("\n"),
    );
    expect(await inPod("client", "ping", "-c1", "-W1", "client")).toContain("1 packets received");
  });
});

test("a Service is served until it is deleted", async () => {
  await host.apply([aService("brief", { selector: { app: "web" } })]);
  const address = await host.jsonpath("service", "brief", "{.spec.clusterIP}");
  await host.eventually(async () => expect(names()).toContain(await fromHost(address)));
  await host.kubectl.run("delete", "service", "brief");
  await host.eventually(async () => {
    const { exitCode } = Bun.spawnSync(host.inside("curl", "-sS", "--max-time", "1", `http://${address}/`));
    expect(exitCode).not.toBe(0);
  });
});
