import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CniNetwork, type CniNetworkOptions } from "#network/cni/cni-network.ts";
import type { PodAttachment } from "#network/pod-network.ts";
import { silentLogger } from "#observability/logger.ts";

/** A plugin that writes down what it is asked, answers with its name's file, and fails when told to. */
const PLUGIN = `#!/bin/sh
self=\${0##*/}
folder=\${0%/*}
input=$(cat)
if [ "$CNI_COMMAND" = VERSION ]; then
  echo '{"cniVersion":"1.0.0","supportedVersions":["0.4.0","1.0.0","1.1.0"]}'
  exit
fi
printf '%s\\n' "{\\"plugin\\":\\"$self\\",\\"command\\":\\"$CNI_COMMAND\\",\\"container\\":\\"$CNI_CONTAINERID\\",\\"netns\\":\\"$CNI_NETNS\\",\\"ifname\\":\\"$CNI_IFNAME\\",\\"args\\":\\"$CNI_ARGS\\",\\"path\\":\\"$CNI_PATH\\",\\"input\\":$input}" >>"$folder/calls"
if [ -e "$folder/crash" ]; then cp -r "$folder/../state" "$folder/../$self.$CNI_COMMAND"; fi
if [ -e "$folder/$self.$CNI_COMMAND.fails" ]; then cat "$folder/$self.$CNI_COMMAND.fails"; exit 1; fi
[ "$CNI_COMMAND" != ADD ] || cat "$folder/$self.result"
`;

interface Call {
  readonly plugin: string;
  readonly command: string;
  readonly container: string;
  readonly netns: string;
  readonly args: string;
  readonly input: Readonly<Record<string, unknown>>;
}

let folder: string;
let network: CniNetwork;

const confDir = (): string => join(folder, "net.d");
const binDir = (): string => join(folder, "bin");

const configure = (file: string, configuration: unknown): Promise<void> =>
  writeFile(join(confDir(), file), JSON.stringify(configuration));

const list = (...plugins: readonly Readonly<Record<string, unknown>>[]) => ({
  cniVersion: "1.0.0",
  name: "pods",
  plugins,
});

async function restart(): Promise<void> {
  await network[Symbol.asyncDispose]();
  network = await open();
}

function open(options: Partial<CniNetworkOptions> = {}): Promise<CniNetwork> {
  return CniNetwork.open(
    { confDir: confDir(), binDir: binDir(), stateDirectory: join(folder, "state"), ...options },
    { logger: silentLogger },
  );
}

async function calls(): Promise<readonly Call[]> {
  const text = await readFile(join(binDir(), "calls"), "utf8").catch(() => "");
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Call);
}

const brief = async (): Promise<readonly string[]> =>
  (await calls()).map(({ plugin, command }) => `${command} ${plugin}`);

/** A file stands for a pod's namespace: plugins of this test do not enter it. */
async function pod(facts: Partial<PodAttachment> = {}): Promise<PodAttachment> {
  const networkNamespace = join(folder, "netns");
  await writeFile(networkNamespace, "");
  return {
    podUid: "uid-web",
    podNamespace: "default",
    podName: "web",
    sandboxId: "sandbox-1",
    networkNamespace,
    hostPorts: [],
    ...facts,
  };
}

async function install(plugin: string, result: Readonly<Record<string, unknown>>): Promise<void> {
  await writeFile(join(binDir(), plugin), PLUGIN);
  await chmod(join(binDir(), plugin), 0o755);
  await writeFile(join(binDir(), `${plugin}.result`), JSON.stringify(result));
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "kt-cni-"));
  await mkdir(confDir());
  await mkdir(binDir());
  await install("first", { cniVersion: "1.0.0", ips: [{ address: "10.1.0.2/24" }], by: "first" });
  await install("second", { cniVersion: "1.0.0", ips: [{ address: "10.1.0.2/24" }], by: "second" });
  network = await open();
});

afterEach(async () => {
  await network[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

describe("readiness", () => {
  test("waits for a configuration, and takes the first by name", async () => {
    const why = `Network plugin returns error: cni plugin not initialized: no network config found in ${confDir()}`;
    await expect(network.ready()).rejects.toThrow(why);
    await expect(network.attach(await pod())).rejects.toThrow(why);
    await configure("20-b.conflist", list({ type: "second" }));
    await configure("10-a.conf", { cniVersion: "1.0.0", name: "one", type: "first" });
    await configure("05-notes.txt", "nothing");
    await network.ready();
    await network.attach(await pod());
    expect(await brief()).toEqual(["ADD first"]);
  });

  test("runs nothing outside of the plugins' folder", async () => {
    const outside = join(folder, "outside");
    await writeFile(outside, `#!/bin/sh\ntouch ${folder}/ran\n`);
    await chmod(outside, 0o755);
    for (const type of ["../outside", outside]) {
      await configure("a.conflist", list({ type }));
      await expect(network.ready()).rejects.toThrow(`invalid plugin name: ${type}`);
      await expect(network.attach(await pod())).rejects.toThrow(`invalid plugin name: ${type}`);
    }
    expect(await readdir(folder)).not.toContain("ran");
  });

  test("says which plugin is missing, and which does not know the version", async () => {
    await configure("a.conflist", list({ type: "third" }));
    await expect(network.ready()).rejects.toThrow(`failed to find plugin "third" in path [${binDir()}]`);
    await configure("a.conflist", { ...list({ type: "first" }), cniVersion: "0.9.9" });
    await expect(network.ready()).rejects.toThrow('plugin first does not support config version "0.9.9"');
  });
});

describe("a chain", () => {
  test("hands results on, and is told what each plugin can use", async () => {
    const capabilities = {
      portMappings: true,
      bandwidth: true,
      ipRanges: true,
      dns: true,
      cgroupPath: true,
      "io.kubernetes.cri.pod-annotations": true,
      mac: true,
    };
    await configure("a.conflist", list({ type: "first", mtu: 1400 }, { type: "second", capabilities }));
    await network.setPodCIDRs(["10.42.0.0/24"]);
    const attachment = await pod({
      hostPorts: [{ hostIP: "0.0.0.0", hostPort: 8080, containerPort: 80, protocol: "TCP" }],
      bandwidth: { ingress: 1_000_000 },
      facts: {
        annotations: { team: "a" },
        dns: {
          nameservers: ["10.43.0.10"],
          searches: ["default.svc.cluster.local"],
          options: ["ndots:5"],
        },
        cgroupPath: "/kubepods/pod1",
      },
    });
    expect(await network.attach(attachment)).toEqual({ ips: ["10.1.0.2"] });
    const common = {
      command: "ADD",
      container: "sandbox-1",
      netns: attachment.networkNamespace,
      ifname: "eth0",
      args: "IgnoreUnknown=1;K8S_POD_NAMESPACE=default;K8S_POD_NAME=web;K8S_POD_INFRA_CONTAINER_ID=sandbox-1;K8S_POD_UID=uid-web",
      path: binDir(),
    };
    expect(await calls()).toEqual([
      {
        plugin: "first",
        ...common,
        input: { type: "first", mtu: 1400, name: "pods", cniVersion: "1.0.0" },
      },
      {
        plugin: "second",
        ...common,
        input: {
          type: "second",
          capabilities,
          name: "pods",
          cniVersion: "1.0.0",
          prevResult: { cniVersion: "1.0.0", ips: [{ address: "10.1.0.2/24" }], by: "first" },
          runtimeConfig: {
            portMappings: [{ hostPort: 8080, containerPort: 80, protocol: "tcp", hostIP: "0.0.0.0" }],
            bandwidth: { ingressRate: 1_000_000, ingressBurst: 2_147_483_647 },
            ipRanges: [[{ subnet: "10.42.0.0/24" }]],
            "io.kubernetes.cri.pod-annotations": { team: "a" },
            dns: {
              servers: ["10.43.0.10"],
              searches: ["default.svc.cluster.local"],
              options: ["ndots:5"],
            },
            cgroupPath: "/kubepods/pod1",
          },
        },
      },
    ] as readonly unknown[] as readonly Call[]);
  });

  test("is taken back in reverse after a restart, with its own configuration and result", async () => {
    await configure("a.conflist", list({ type: "first" }, { type: "second" }));
    await network.attach(await pod());
    await rm(join(confDir(), "a.conflist"));
    await rm(join(folder, "netns"));
    await restart();
    await network.collect(new Set());
    const deleted = (await calls()).slice(2);
    expect(deleted.map(({ plugin, command, netns }) => `${command} ${plugin} ${netns}`)).toEqual([
      "DEL second ",
      "DEL first ",
    ]);
    for (const { plugin, input } of deleted)
      expect(input["prevResult"], plugin).toMatchObject({ by: "second" });
    await restart();
    await network.detach("uid-web");
    expect(await calls(), "nothing is left").toHaveLength(4);
  });

  test("that fails is taken back, and the plugin's words are told", async () => {
    await configure("a.conflist", list({ type: "first" }, { type: "second" }));
    const words = { code: 11, msg: "no more room", details: "in rack 7" };
    await writeFile(join(binDir(), "second.ADD.fails"), JSON.stringify(words));
    await expect(network.attach(await pod())).rejects.toThrow(
      'Cannot connect pod "default/web": plugin type="second" failed (add): no more room; in rack 7',
    );
    expect(await brief()).toEqual(["ADD first", "ADD second", "DEL second", "DEL first"]);
  });

  test("that cannot be taken back is taken back later", async () => {
    await configure("a.conflist", list({ type: "first" }));
    await network.attach(await pod());
    await writeFile(join(binDir(), "first.DEL.fails"), "");
    await expect(network.detach("uid-web")).rejects.toThrow(
      'plugin type="first" failed (delete): netplugin failed with no error message: exit status 1',
    );
    await rm(join(binDir(), "first.DEL.fails"));
    await network.detach("uid-web");
    expect(await brief()).toEqual(["ADD first", "DEL first", "DEL first"]);
  });
});

describe("since version 1.1", () => {
  const newest = (...types: readonly string[]) => ({
    ...list(...types.map((type) => ({ type }))),
    cniVersion: "1.1.0",
  });
  const collected = async (): Promise<readonly unknown[]> =>
    (await calls())
      .filter(({ command }) => command === "GC")
      .map(({ plugin, input }) => [plugin, input["cni.dev/valid-attachments"]]);

  test("plugins say whether the network works", async () => {
    await configure("a.conflist", newest("first", "second"));
    await network.ready();
    await writeFile(join(binDir(), "second.STATUS.fails"), '{"code":50,"msg":"the uplink is gone"}');
    await expect(network.ready()).rejects.toThrow("Network plugin returns error: the uplink is gone");
    expect(await brief()).toEqual(["STATUS first", "STATUS second", "STATUS first", "STATUS second"]);
  });

  test("plugins hear which sandboxes there are, after a start and after what may have left something", async () => {
    await configure("a.conflist", newest("first", "second"));
    await network.attach(await pod());
    await network.collect(new Set(["uid-web"]));
    await network.collect(new Set(["uid-web"]));
    const present = [{ containerID: "sandbox-1", ifname: "eth0" }];
    const all = [
      ["first", present],
      ["second", present],
    ];
    expect(await collected()).toEqual(all);
    await writeFile(join(binDir(), "second.ADD.fails"), "");
    const other = await pod({ podUid: "uid-other", sandboxId: "sandbox-2" });
    await expect(network.attach(other)).rejects.toThrow("netplugin failed");
    await network.collect(new Set(["uid-web"]));
    expect(await collected()).toEqual([...all, ...all]);
  });

  test.each([
    { name: "an older version", change: { cniVersion: "1.0.0" } },
    { name: "disableGC", change: { disableGC: true } },
  ])("with $name they do not", async ({ change }) => {
    await configure("a.conflist", { ...newest("first"), ...change });
    await network.collect(new Set());
    expect(await collected()).toEqual([]);
  });
});

test("a process that ends while a plugin runs leaves nothing that the next one does not take back", async () => {
  await configure("a.conflist", list({ type: "first" }, { type: "second" }));
  await writeFile(join(binDir(), "crash"), "");
  await network.attach(await pod());
  await network.detach("uid-web");
  await rm(join(binDir(), "crash"));
  const before = (await calls()).length;
  const moments = ["first.ADD", "second.ADD", "second.DEL", "first.DEL"];
  for (const moment of moments) {
    await using next = await open({ stateDirectory: join(folder, moment) });
    await next.collect(new Set());
    await next.collect(new Set());
  }
  const taken = (await brief()).slice(before);
  expect(taken).toEqual(moments.flatMap(() => ["DEL second", "DEL first"]));
});

test("a plugin that answers with nonsense has connected nobody", async () => {
  await configure("a.conflist", list({ type: "first" }));
  await writeFile(join(binDir(), "first.result"), "connected!");
  await expect(network.attach(await pod())).rejects.toThrow("the plugins gave it no address");
  expect(await brief()).toEqual(["ADD first", "DEL first"]);
});

test("a plugin that does not come to an end is ended", async () => {
  await configure("a.conflist", list({ type: "first" }));
  await writeFile(join(binDir(), "first"), "#!/bin/sh\nexec sleep 100000\n");
  await using impatient = await open({ timeoutMs: 20 });
  await expect(impatient.ready()).rejects.toThrow("netplugin failed with no error message: exit status 137");
});

describe("a pod that is connected", () => {
  test("is checked, and connected anew when something is missing", async () => {
    await configure("a.conflist", list({ type: "first" }));
    await network.attach(await pod());
    await restart();
    expect(await network.attach(await pod())).toEqual({ ips: ["10.1.0.2"] });
    await writeFile(join(binDir(), "first.CHECK.fails"), '{"msg":"no link"}');
    expect(await network.attach(await pod())).toEqual({ ips: ["10.1.0.2"] });
    expect(await brief()).toEqual(["ADD first", "CHECK first", "CHECK first", "DEL first", "ADD first"]);
  });

  test("is connected anew when it gets another sandbox", async () => {
    await configure("a.conflist", list({ type: "first" }));
    await network.attach(await pod());
    await network.attach(await pod({ sandboxId: "sandbox-2" }));
    expect((await calls()).map(({ command, container }) => `${command} ${container}`)).toEqual([
      "ADD sandbox-1",
      "DEL sandbox-1",
      "ADD sandbox-2",
    ]);
  });
});
