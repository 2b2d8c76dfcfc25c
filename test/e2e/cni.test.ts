import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { isIP } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EXECUTABLE, KubelithHost } from "./kubelith-host.ts";
import { aPod, aService, WEB_PORT, webServer } from "./manifests.ts";

/** Where Debian's package containernetworking-plugins has them. */
const PLUGINS = "/usr/lib/cni";

const HOST_PORT = 18_080;

const isInstalled = existsSync(join(PLUGINS, "bridge"));
const whenInstalled = isInstalled ? test : test.skip;

let folder: string;
let host: KubelithHost;

const configure = (): Promise<void> =>
  writeFile(
    join(folder, "10-pods.conflist"),
    JSON.stringify({
      cniVersion: "1.0.0",
      name: "pods",
      plugins: [
        {
          type: "bridge",
          bridge: "cni0",
          isDefaultGateway: true,
          hairpinMode: true,
          capabilities: { ipRanges: true },
          // The node's range of IPv4, and one of IPv6 that only the plugins know.
          ipam: { type: "host-local", dataDir: join(folder, "ipam"), ranges: [[{ subnet: "fd42::/64" }]] },
        },
        { type: "bandwidth", capabilities: { bandwidth: true } },
        { type: "tuning", sysctl: { "net.core.somaxconn": "500" }, mtu: 1400 },
        { type: "portmap", capabilities: { portMappings: true } },
        { type: "firewall" },
      ],
    }),
  );

beforeAll(async () => {
  if (!isInstalled) return;
  folder = await mkdtemp(join(tmpdir(), "kt-cni-"));
  await configure();
  const flags = ["--network-backend=cni", `--cni-conf-dir=${folder}`, `--cni-bin-dir=${PLUGINS}`];
  host = await KubelithHost.start({ name: "cni", flags });
  const ports = [{ name: "http", containerPort: WEB_PORT, hostPort: HOST_PORT }];
  const web = aPod("web", { container: { ...webServer, ports } });
  const annotations = {
    "kubernetes.io/ingress-bandwidth": "10M",
    "kubernetes.io/egress-bandwidth": "20M",
  };
  const limited = { ...web, metadata: { ...web.metadata, annotations } };
  await host.apply([limited, aPod("client"), aService("web")]);
  await host.kubectl.run("wait", "--for=condition=Ready", "pod", "--all", "--timeout=60s");
});

afterAll(async () => {
  await host?.[Symbol.asyncDispose]();
  if (folder !== undefined) await rm(folder, { recursive: true });
});

const fetchFrom = (pod: string, url: string): Promise<string> =>
  host.kubectl.run("exec", pod, "--", "timeout", "5", "wget", "-q", "-O", "-", url);

whenInstalled(
  "pods that plugins connect reach Services by name, and nothing of ours is between them",
  async () => {
    expect(await host.jsonpath("pod", "web", "{.status.podIP}")).toMatch(/^10\.42\.0\.\d+$/);
    await host.eventually(async () => expect((await fetchFrom("client", "http://web/")).trim()).toBe("web"));
    const links = await host.run("ip", "-o", "link");
    expect(links).toContain("cni0");
    expect(links).not.toContain("kubelith0");
    expect(await host.run("nft", "list", "tables")).not.toContain("kubelith-pods");
  },
);

whenInstalled("pods have what each plugin of the chain gives them", async () => {
  const addresses = await host.jsonpath("pod", "web", "{.status.podIPs[*].ip}");
  expect(addresses).toMatch(/^10\.42\.0\.\d+ fd42::[0-9a-f]+$/);
  expect(
    await fetchFrom("client", `http://[${addresses.split(" ")[1] ?? ""}]:${String(WEB_PORT)}/`),
  ).toContain("web");
  const limits = await host.run("tc", "qdisc", "show");
  expect(limits).toMatch(/qdisc tbf .* dev veth\S+ root .* rate 10Mbit/);
  expect(limits).toMatch(/qdisc tbf .* dev bwp\S+ root .* rate 20Mbit/);
  const inside = (file: string): Promise<string> => host.kubectl.run("exec", "web", "--", "cat", file);
  expect(await inside("/proc/sys/net/core/somaxconn")).toBe("500\n");
  expect(await inside("/sys/class/net/eth0/mtu")).toBe("1400\n");
  expect(await host.run("iptables", "-S")).toContain(`-s ${addresses.split(" ")[0] ?? ""}/32`);
});

whenInstalled("host ports are those of the plugin portmap, and go with their pod as limits do", async () => {
  const url = `http://${host.address}:${String(HOST_PORT)}/`;
  expect((await fetchFrom("client", url)).trim()).toBe("web");
  await host.kubectl.run("delete", "pod", "web", "--wait");
  await host.eventually(async () =>
    expect(await host.run("iptables", "-t", "nat", "-S")).not.toContain(`--dport ${String(HOST_PORT)}`),
  );
  expect(await host.run("tc", "qdisc", "show")).not.toContain("tbf");
});

whenInstalled(
  "a server that starts again adopts pods, and waits for a configuration to make others",
  async () => {
    const addresses = (): Promise<string> => host.jsonpath("pod", "client", "{.status.podIP}");
    const links = (): Promise<string> => host.run("ip", "-o", "link", "show", "master", "cni0");
    const before = [await addresses(), await links()];
    expect(await host.stopServer()).toBe(0);
    await rm(join(folder, "10-pods.conflist"));
    host.spawnServer();
    const ready = (field: string): Promise<string> =>
      host.jsonpath("node", host.name, `{.status.conditions[?(@.type=="Ready")].${field}}`);
    await host.eventually(async () =>
      expect(await ready("message")).toContain(
        `cni plugin not initialized: no network config found in ${folder}`,
      ),
    );
    await configure();
    await host.eventually(async () => expect(await ready("status")).toBe("True"));
    const lookUp = ["nslookup", "kubernetes.default.svc.cluster.local"];
    await host.eventually(async () => host.kubectl.run("exec", "client", "--", ...lookUp));
    expect([await addresses(), await links()]).toEqual(before);
  },
);

whenInstalled("cleanup has plugins free what pods had", async () => {
  const addresses = async (): Promise<readonly string[]> =>
    (await readdir(join(folder, "ipam", "pods"))).filter((name) => isIP(name) !== 0);
  expect(await addresses()).toHaveLength(2);
  await host.stopServer();
  await host.run(EXECUTABLE, "cleanup", ...host.flags);
  expect(await addresses()).toEqual([]);
  expect(await host.run("ip", "-o", "address", "show", "lo")).not.toMatch(/192\.0\.0\.8|100::8/);
});
