import { afterAll, beforeAll, expect, test } from "bun:test";
import { exists, readFile } from "node:fs/promises";
import { join } from "node:path";
import { hostLinkName } from "#network/bridge/link-names.ts";
import { AgentHost } from "./agent-host.ts";
import { type Away, setLink, startRelay, takeAway } from "./api-server-away.ts";
import { sh } from "./docker-host.ts";
import { KubelithHost } from "./kubelith-host.ts";
import { aDeployment, aPod, sleeper } from "./manifests.ts";
import { Mesh } from "./mesh.ts";
import { PlainHost } from "./plain-host.ts";

let server: KubelithHost;
let one: AgentHost;
let two: AgentHost;
/** Carries connections to the server, as if it were another one. */
let relayHost: PlainHost;
let mesh: Mesh;
const stack = new AsyncDisposableStack();

beforeAll(async () => {
  server = stack.use(await KubelithHost.start({ name: "hostsrv" }));
  [one, two, relayHost] = await Promise.all([
    AgentHost.start({ name: "hostone", server }).then((host) => stack.use(host)),
    AgentHost.start({ name: "hosttwo", server }).then((host) => stack.use(host)),
    PlainHost.start("hostrel").then((host) => stack.use(host)),
  ]);
  mesh = await Mesh.start(server, [server, one, two]);
});
afterAll(() => stack.disposeAsync());

const hosts = (): readonly (KubelithHost | AgentHost)[] => [server, one, two];

function inside(host: KubelithHost | AgentHost, ...command: readonly string[]): Promise<string> {
  return sh("nsenter", `--net=${host.docker.namespace}`, ...command);
}

/** Every pod asks every pod, itself too, by all addresses and names that lead to it. */
async function everyPodReachesEveryPod(): Promise<void> {
  const targets = await Promise.all(mesh.names.map((name) => mesh.targetsOf(name)));
  const expected = mesh.names.flatMap((name, index) => (targets[index] ?? []).map(() => name));
  await Promise.all(
    mesh.names.map(async (name) =>
      expect(await mesh.answersTo(name, targets.flat()), `from ${name}`).toEqual(expected),
    ),
  );
}

test("pods of three hosts reach each other by address, Service and name", async () => {
  await server.eventually(everyPodReachesEveryPod);
});

test("the names of a headless Service are the same for pods of all hosts", async () => {
  const addresses = await Promise.all(
    mesh.names.map((name) => server.jsonpath("pod", name, "{.status.podIP}")),
  );
  for (const name of mesh.names) {
    const found = await mesh.lines(name, "nslookup -type=a mesh.default.svc.cluster.local | grep Address");
    expect(found.flatMap((line) => /^Address: (\S+)$/.exec(line)?.[1] ?? []).toSorted(), name).toEqual(
      addresses.toSorted(),
    );
    const records = await mesh.lines(
      name,
      "nslookup -type=srv _http._tcp.mesh.default.svc.cluster.local | grep service",
    );
    expect(records.map((line) => line.replace(/^.*service = /, "")).toSorted(), name).toEqual(
      mesh.names.map((each) => `0 33 8080 ${each}.mesh.default.svc.cluster.local`).toSorted(),
    );
  }
});

test("no request between pods fails while the server stops, or is killed, and comes back", async () => {
  await mesh.startTraffic();
  await mesh.trafficGoesOn();
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    await server.stopServer(signal);
    // Names are another matter on the server's host: they have to wait for it.
    await mesh.trafficGoesOn([one.name, two.name]);
    await server.startServer();
    await mesh.trafficGoesOn();
  }
  expect(await mesh.stopTraffic()).toEqual([]);
  for (const kind of ["node", "pod"])
    await server.kubectl.run("wait", "--for=condition=Ready", kind, "--all", "--timeout=30s");
  expect(await server.kubectl.run("get", "pods", "-o", RESTARTS)).toBe("0 0 0 0 0 0");
});

const RESTARTS = "jsonpath={.items[*].status.containerStatuses[*].restartCount}";

/** A pod that is on the host that will be cut off as long as it may, and elsewhere soon. */
const moves = aDeployment("moves", {
  container: { ...sleeper, ports: [{ containerPort: 80, hostPort: 18_081 }] },
  spec: {
    terminationGracePeriodSeconds: 0,
    tolerations: ["not-ready", "unreachable"].map((key) => ({
      key: `node.kubernetes.io/${key}`,
      operator: "Exists",
      effect: "NoExecute",
      tolerationSeconds: 0,
    })),
    affinity: {
      nodeAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, preference: onNode("hosttwo") }],
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [onNode("hosttwo", "hostsrv")],
        },
      },
    },
    volumes: [{ name: "memory", emptyDir: { medium: "Memory" } }],
  },
});

function onNode(...values: readonly string[]) {
  return { matchExpressions: [{ key: "kubernetes.io/hostname", operator: "In", values }] };
}

async function placed(): Promise<readonly string[]> {
  const path =
    'jsonpath={range .items[*]}{.spec.nodeName}/{.status.phase}/{.metadata.deletionTimestamp}{"\\n"}{end}';
  const text = await server.kubectl.run("get", "pods", "-l", "app=moves", "-o", path);
  return text.split("\n").filter((line) => line !== "");
}

let moved: { readonly uid: string; readonly address: string };
let overlay: readonly string[];

test("a host is cut off", async () => {
  await server.apply([moves]);
  await server.eventually(async () => expect(await placed()).toEqual([`${two.name}/Running/`]));
  const path = "jsonpath={.items[0].metadata.uid} {.items[0].status.podIP}";
  const found = await server.kubectl.run("get", "pods", "-l", "app=moves", "-o", path);
  const [uid = "", address = ""] = found.split(" ");
  moved = { uid, address };
  expect(await leftOf(moved)).toEqual(["containers", "link", "rules", "address", "volumes", "mounts"]);
  overlay = await overlayState();
  await setLink(two, "down");
});

/** When the node was last given another readiness. */
const readySince = (name: string): Promise<string> =>
  server.jsonpath("node", name, '{.status.conditions[?(@.type=="Ready")].lastTransitionTime}');

const renewedAt = (name: string): Promise<string> =>
  server.kubectl.run("get", "lease", "-n", "kube-node-lease", name, "-o", "jsonpath={.spec.renewTime}");

/** A new pod starts there, which needs watches and status, and is reached through the tunnel. */
async function nodeWorks(host: AgentHost, pod: string): Promise<void> {
  const renewed = await renewedAt(host.name);
  const command = ["sh", "-c", "echo started; exec sleep 100000"];
  await server.apply([aPod(pod, { container: { command }, spec: { nodeName: host.name } })]);
  await server.kubectl.run("wait", "--for=condition=Ready", `pod/${pod}`, "--timeout=90s");
  await server.eventually(async () => {
    expect(await server.kubectl.run("exec", pod, "--", "hostname")).toBe(`${pod}\n`);
    expect(await server.kubectl.run("logs", pod)).toBe("started\n");
  });
  await server.eventually(async () => expect(await renewedAt(host.name)).not.toBe(renewed));
}

async function knownServers(host: AgentHost): Promise<readonly string[]> {
  const text = await readFile(join(host.dataDirectory, "agent/servers.json"), "utf8");
  return (JSON.parse(text) as { readonly servers: readonly string[] }).servers.toSorted();
}

test("an agent goes on through another server when one is away, in whatever way", async () => {
  const second = `${relayHost.address}:6443`;
  const relay = async (): Promise<AsyncDisposable> =>
    stack.use(await startRelay(relayHost, ["6443", server.address, "6443"]));
  const apply = { kind: "EndpointSlice", apiVersion: "discovery.k8s.io/v1", addressType: "IPv4" };
  const labels = { "kubernetes.io/service-name": "kubernetes" };
  let running = await relay();
  await server.apply([
    {
      ...apply,
      metadata: { name: "kubernetes-second", labels },
      endpoints: [{ addresses: [relayHost.address], conditions: { ready: true } }],
      ports: [{ name: "https", port: 6443, protocol: "TCP" }],
    },
  ]);
  const first = `${server.address}:6443`;
  // Commands and logs have no other way than the tunnels.
  const direct = `ip saddr ${server.address} tcp dport 10250 reject`;
  await inside(
    one,
    "nft",
    `table ip direct { chain filtered { type filter hook input priority -10; ${direct}; }; }`,
  );
  await server.eventually(async () => expect(await knownServers(one)).toEqual([first, second].toSorted()));
  for (const away of ["stopped", "silent", "unreachable"] satisfies readonly Away[]) {
    {
      const since = await readySince(one.name);
      await using _ = await takeAway(server, away, one.address);
      await nodeWorks(one, `${away}-first`);
      expect(await readySince(one.name), away).toBe(since);
      if (away === "stopped") {
        await one.stop();
        one.spawn();
        await nodeWorks(one, "started-with-second");
      }
    }
    await running[Symbol.asyncDispose]();
    await nodeWorks(one, `${away}-second`);
    running = await relay();
  }
  await running[Symbol.asyncDispose]();
  await server.kubectl.run("delete", "endpointslice", "kubernetes-second");
  await server.eventually(async () => expect(await knownServers(one)).toEqual([first]));
});

test("the pods of the host that is cut off start elsewhere, and it has nothing left of them when it is back", async () => {
  try {
    await server.eventually(async () => expect(await placed()).toContain(`${server.name}/Running/`), 120_000);
  } finally {
    await setLink(two, "up");
  }
  await two.ready();
  await server.eventually(async () => expect(await placed()).toEqual([`${server.name}/Running/`]));
  await server.eventually(async () => expect(await leftOf(moved)).toEqual([]));
  await server.eventually(async () => expect(await overlayState()).toEqual(overlay));
  await server.eventually(everyPodReachesEveryPod);
});

/** What a host still has of a pod that moved away: containers, links, rules, files. Others' are not counted. */
async function leftOf({ uid, address }: typeof moved): Promise<readonly string[]> {
  const containers = await two.docker.docker("ps", "-a", "--format={{.Names}}");
  const links = await inside(two, "ip", "-o", "link", "show");
  const rules = await inside(two, "nft", "list", "ruleset");
  const mounts = await readFile("/proc/mounts", "utf8");
  return [
    ...(containers.includes(uid) ? ["containers"] : []),
    ...(links.includes(hostLinkName(uid)) ? ["link"] : []),
    ...(new RegExp(`\\b${address.replaceAll(".", "\\.")}\\b`).test(rules) ? ["rules"] : []),
    ...((await exists(join(two.dataDirectory, "agent/network", address))) ? ["address"] : []),
    ...((await exists(join(two.dataDirectory, "agent/kubelet/pods", uid))) ? ["volumes"] : []),
    ...(mounts.includes(uid) ? ["mounts"] : []),
  ];
}

/** Routes and forwarding entries between the hosts, and the links of pods on those that have agents. */
async function overlayState(): Promise<readonly string[]> {
  const commands = [
    ["ip", "route", "show"],
    ["bridge", "fdb", "show", "dev", "kubelith.1"],
  ];
  const found = await Promise.all(
    hosts().flatMap((host) =>
      commands.map(async (command) =>
        (await inside(host, ...command)).split("\n").map((line) => `${host.name}: ${line.trimEnd()}`),
      ),
    ),
  );
  return found.flat().toSorted();
}

test("a link that flaps evicts nothing and leaves nothing twice", async () => {
  await server.eventually(async () =>
    expect(await server.jsonpath("node", two.name, "{.spec.taints}")).toBe(""),
  );
  const before = await stateOfTwo();
  for (let time = 0; time < 10; time += 1) {
    await setLink(two, "down");
    await Bun.sleep(FLAP_MS);
    await setLink(two, "up");
    await Bun.sleep(FLAP_MS);
  }
  await two.ready();
  await server.eventually(everyPodReachesEveryPod);
  await server.eventually(async () => expect(await stateOfTwo()).toEqual(before));
  await server.eventually(async () => expect(await connections()).toBeLessThanOrEqual(MAX_CONNECTIONS));
});

/** Those of kubelet, service proxy and DNS, and the tunnel. */
const MAX_CONNECTIONS = 4;

/** Long enough for the carrier to be seen lost and found, short enough for retransmissions to bridge it. */
const FLAP_MS = 300;

async function stateOfTwo(): Promise<object> {
  const pod = "{.metadata.uid} {.status.phase} {.status.podIP} {.metadata.deletionTimestamp}";
  return {
    pods: await server.kubectl.run("get", "pods", "-o", `jsonpath={range .items[*]}${pod}{"\\n"}{end}`),
    restarts: await server.kubectl.run("get", "pods", "-o", RESTARTS),
    since: await readySince(two.name),
    taints: await server.jsonpath("node", two.name, "{.spec.taints}"),
    containers: (await two.docker.docker("ps", "-q")).split("\n").toSorted(),
    links: (await inside(two, "ip", "-o", "link", "show", "master", "kubelith0")).split("\n").length,
    overlay: await overlayState(),
  };
}

/** To the server. */
async function connections(): Promise<number> {
  const found = await inside(two, "ss", "-Htn", "state", "established", "dst", server.address);
  return found.split("\n").length;
}
