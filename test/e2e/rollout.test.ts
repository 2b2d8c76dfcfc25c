import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { AgentHost } from "./agent-host.ts";
import { KubelithHost } from "./kubelith-host.ts";
import { aDeployment, aService, WEB_PORT, webServer } from "./manifests.ts";
import { PlainHost } from "./plain-host.ts";
import { programContainer } from "./program-pod.ts";
import { loadFromHost, loadFromPod, type RequestLoad } from "./request-load.ts";

/** Its node proxies Services with nftables, that of the agent with iptables. */
let host: KubelithHost;
let agent: AgentHost;
let client: PlainHost;
const stack = new AsyncDisposableStack();
let loads: readonly RequestLoad[];

/** Addresses of the two Services, in turn by way of the server's host and of the agent's. */
const BALANCED = ["203.0.113.1", "203.0.113.2"];
const EXTERNAL = ["203.0.113.3", "203.0.113.4"];
const LOCAL = ["203.0.113.5", "203.0.113.6"];

/** Written as its author should: nothing is stopped before the last request that was sent to it is answered. */
async function frontend(name: string, nodeName: string, replicas: number): Promise<object> {
  const { container, volumes } = await programContainer({
    command: [join(import.meta.dir, "web-main.ts"), String(WEB_PORT)],
  });
  const { ports, readinessProbe } = webServer;
  const env = [{ name: "VERSION", value: "1" }];
  return aDeployment(name, {
    replicas,
    labels: { tier: "front" },
    container: {
      ...container,
      ports,
      readinessProbe,
      env,
      lifecycle: { preStop: { sleep: { seconds: 2 } } },
    },
    spec: {
      nodeSelector: { "kubernetes.io/hostname": nodeName },
      terminationGracePeriodSeconds: 3,
      volumes,
    },
    deployment: {
      strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
    },
  });
}

const web = aService("web", { type: "LoadBalancer", externalIPs: EXTERNAL });
const local = aService("local", {
  type: "LoadBalancer",
  externalTrafficPolicy: "Local",
  selector: { tier: "front" },
});
const sticky = aService("sticky", {
  type: "NodePort",
  sessionAffinity: "ClientIP",
  selector: { tier: "front" },
});

beforeAll(async () => {
  host = stack.use(await KubelithHost.start({ name: "rollout" }));
  agent = stack.use(
    await AgentHost.start({ name: "rollagt", server: host, flags: ["--proxy-mode=iptables"] }),
  );
  client = stack.use(await PlainHost.start("rollcli"));
  await host.apply([
    await frontend("web", agent.name, 2),
    await frontend("near", host.name, 1),
    web,
    local,
    sticky,
  ]);
  await rolledOut("near");
  await rolledOut();
  await balance("web", BALANCED);
  await balance("local", LOCAL);
  const nodes = [host.address, agent.address];
  for (const addresses of [BALANCED, EXTERNAL, LOCAL]) {
    for (const [index, address] of addresses.entries())
      await client.run("ip", "route", "add", address, "via", nodes[index] ?? "");
  }
});
afterAll(() => stack.disposeAsync());

/** Gives a Service its addresses, as the load balancer of a cloud does. */
async function balance(service: string, addresses: readonly string[]): Promise<void> {
  const ingress = addresses.map((ip) => ({ ip }));
  const status = JSON.stringify({ status: { loadBalancer: { ingress } } });
  await host.kubectl.run("patch", "service", service, "--subresource=status", "--type=merge", "-p", status);
}

/** The node port of a Service at both nodes, that of the server first. */
async function nodePorts(service: string): Promise<readonly string[]> {
  const port = await host.jsonpath("service", service, "{.spec.ports[0].nodePort}");
  return [host, agent].map(({ address }) => `${address}:${port}`);
}

/** Who answers the client so many times, each on a connection of its own, and what address they see. */
async function answers(count: number, target: string): Promise<readonly string[]> {
  const urls = Array.from({ length: count }, () => `http://${target}/`);
  const text = await client.run("curl", "-sS", "--fail", "-m", "5", "-H", "Connection: close", ...urls);
  return text.split("\n");
}

describe("a client beside the cluster", () => {
  test.each([
    { name: "the server", index: 0, pod: "near" },
    { name: "the agent", index: 1, pod: "web" },
  ])("is known by its own address to the pods of $name under the policy Local", async ({ index, pod }) => {
    for (const target of [(await nodePorts("local"))[index], LOCAL[index]]) {
      const seen = await host.eventually(() => answers(5, target ?? ""));
      for (const answer of seen) expect(answer).toMatch(new RegExp(`^${pod}-\\S+ ${client.address}$`));
    }
  });

  test("stays with a pod by session affinity, whichever node it asks", async () => {
    for (const target of await nodePorts("sticky")) {
      const seen = await host.eventually(() => answers(12, target));
      expect(new Set(seen).size, target).toBe(1);
    }
  });
});

test("requests come to the Deployment by all its addresses", async () => {
  const clusterIP = `http://${await host.jsonpath("service", "web", "{.spec.clusterIP}")}/`;
  const addresses = [
    ...(await nodePorts("web")),
    ...BALANCED,
    ...EXTERNAL,
    ...(await nodePorts("local")),
    ...LOCAL,
  ];
  for (const address of addresses) await host.eventually(() => answers(1, address));
  loads = [
    loadFromHost(client, ...addresses.map((address) => `http://${address}/`)),
    loadFromHost(host, clusterIP),
    await loadFromPod(host, "load-near", clusterIP, { nodeName: host.name }),
    await loadFromPod(host, "load-far", clusterIP, { nodeName: agent.name }),
  ];
});

async function rollout(...args: readonly string[]): Promise<string> {
  return await host.kubectl.run("rollout", ...args);
}

async function rolledOut(name = "web"): Promise<string> {
  return await rollout("status", `deployment/${name}`, "--timeout=120s");
}

async function setVersion(version: string): Promise<void> {
  await host.kubectl.run("set", "env", "deployment/web", `VERSION=${version}`);
  await host.kubectl.run(
    "annotate",
    "--overwrite",
    "deployment/web",
    `kubernetes.io/change-cause=version ${version}`,
  );
}

/** The versions of all pods, the leaving ones too. */
async function versions(): Promise<string> {
  const path = "jsonpath={.items[*].spec.containers[0].env[0].value}";
  const found = await host.kubectl.run("get", "pods", "-l", "app=web", "-o", path);
  return [...new Set(found.split(" "))].join(" ");
}

test("a rolling update is followed to its end", async () => {
  await setVersion("2");
  expect(await rolledOut()).toEndWith('deployment "web" successfully rolled out\n');
  await host.eventually(async () => expect(await versions()).toBe("2"));
});

test("the history has every revision with its cause", async () => {
  await setVersion("3");
  await rolledOut();
  expect(await rollout("history", "deployment/web")).toMatch(
    /^deployment\.apps\/web \nREVISION +CHANGE-CAUSE\n1 +<none>\n2 +version 2\n3 +version 3\n\n$/,
  );
  expect(await rollout("history", "deployment/web", "--revision=2")).toMatch(/VERSION:\t2$/m);
});

test("undo goes back to the revision before, or to a given one", async () => {
  expect(await rollout("undo", "deployment/web")).toBe("deployment.apps/web rolled back\n");
  await rolledOut();
  await host.eventually(async () => expect(await versions()).toBe("2"));
  await rollout("undo", "deployment/web", "--to-revision=1");
  await rolledOut();
  await host.eventually(async () => expect(await versions()).toBe("1"));
  expect(await rollout("history", "deployment/web")).toMatch(/\n3 +version 3\n4 +version 2\n5 +<none>\n\n$/);
});

test("a paused Deployment changes nothing until it is resumed", async () => {
  await rollout("pause", "deployment/web");
  await setVersion("4");
  await host.eventually(async () =>
    expect(
      await host.jsonpath("deployment", "web", "{.metadata.generation}=={.status.observedGeneration}"),
    ).toMatch(/^(\d+)==\1$/),
  );
  expect(await versions()).toBe("1");
  expect(await host.jsonpath("deployment", "web", "{.status.updatedReplicas}")).toBe("");
  await rollout("resume", "deployment/web");
  await rolledOut();
  await host.eventually(async () => expect(await versions()).toBe("4"));
});

test("restart replaces every pod by one that is the same", async () => {
  const uids = async (): Promise<readonly string[]> => {
    const path = "jsonpath={.items[*].metadata.uid}";
    return (await host.kubectl.run("get", "pods", "-l", "tier=front", "-o", path)).split(" ");
  };
  await host.eventually(async () => expect(await uids()).toHaveLength(3));
  const before = await uids();
  expect(await rollout("restart", "deployment/near", "deployment/web")).toBe(
    "deployment.apps/near restarted\ndeployment.apps/web restarted\n",
  );
  await rolledOut("near");
  await rolledOut();
  await host.eventually(async () => expect((await uids()).filter((uid) => before.includes(uid))).toEqual([]));
  expect(await versions()).toBe("4");
});

test("a rollout that fails leaves the old pods serving", async () => {
  await host.kubectl.run("patch", "deployment/web", "-p", '{"spec":{"progressDeadlineSeconds":10}}');
  await host.kubectl.run("set", "image", "deployment/web", "main=kubelith.test/nothing:1");
  const { code, stderr } = await host.kubectl.try("", "rollout", "status", "deployment/web", "--timeout=60s");
  expect(code).toBe(1);
  expect(stderr).toContain('error: deployment "web" exceeded its progress deadline');
  expect(await host.jsonpath("deployment", "web", "{.status.availableReplicas}")).toBe("2");
  expect(await host.kubectl.run("get", "pods", "-l", "app=web")).toMatch(
    /0\/1 +(ErrImagePull|ImagePullBackOff) /,
  );
  await rollout("undo", "deployment/web");
  await rolledOut();
});

test("no request failed in all this", async () => {
  const results = await Promise.all(loads.map((load) => load.stop()));
  for (const { requests, failures } of results) {
    expect(failures).toEqual([]);
    expect(requests).toBeGreaterThan(100);
  }
});
