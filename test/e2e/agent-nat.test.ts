import { afterAll, beforeAll, expect, test } from "bun:test";
import { cp, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AgentHost } from "./agent-host.ts";
import { sh } from "./docker-host.ts";
import { BUSYBOX, EXECUTABLE, KubelithHost } from "./kubelith-host.ts";
import { PROGRAM_PORT, programPod } from "./program-pod.ts";

let server: KubelithHost;
let agent: AgentHost;
let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "kubelith-nat-"));
  server = await KubelithHost.start({ name: "natsrv" });
  agent = await AgentHost.start({ name: "natagt", server, gateway: "natgw" });
  await server.apply([WEB, ...(await programs())]);
  await server.kubectl.run("wait", "--for=condition=Ready", "pod/web", "--timeout=60s");
});
afterAll(async () => {
  await agent?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

const WEB = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "web" },
  spec: {
    nodeName: "natagt",
    terminationGracePeriodSeconds: 0,
    containers: [
      {
        name: "main",
        image: BUSYBOX,
        imagePullPolicy: "Never",
        command: ["sh", "-c", "echo hello >index.html; echo started; exec httpd -f -p 8080"],
        ports: [{ containerPort: 8080 }],
      },
    ],
  },
};

const EXTENSION = { namespace: "wardle", name: "extension" };

/** A webhook on each node, and an extension server on the one behind NAT. */
async function programs(): Promise<readonly object[]> {
  const trusted = join(directory, "request-header-ca.crt");
  await cp(join(server.dataDirectory, "server/tls/request-header-ca.crt"), trusted);
  const extension = [join(import.meta.dir, "extension-main.ts"), "0.0.0.0", String(PROGRAM_PORT), agent.name];
  const webhooks = [server.name, agent.name].map((nodeName) => {
    const main = join(import.meta.dir, "webhook-main.ts");
    const command = [main, String(PROGRAM_PORT), `${nodeName}.default.svc`];
    return programPod({ name: nodeName, nodeName, command });
  });
  const served = {
    ...EXTENSION,
    nodeName: agent.name,
    command: [...extension, trusted],
    folders: [directory],
  };
  return [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: EXTENSION.namespace } },
    ...(await Promise.all([programPod(served), ...webhooks])).flat(),
  ];
}

/** What a program prints when it has started. */
async function authorityOf(name: string, namespace = "default"): Promise<string> {
  const { kubectl } = server;
  await kubectl.run("wait", "--for=condition=Ready", `pod/${name}`, "-n", namespace, "--timeout=60s");
  return (await kubectl.run("logs", name, "-n", namespace)).trim();
}

const eventually = <T>(check: () => Promise<T>): Promise<T> => server.eventually(check);

test("the server has no way to the node but its tunnel", async () => {
  await expect(server.run("ping", "-c", "1", "-W", "1", agent.address)).rejects.toThrow();
  expect(await sh("ip", "-n", "natagt", "route", "show", "default")).toBe("");
});

test("logs, exec, cp, port-forward and proxies work", async () => {
  const { kubectl } = server;
  expect(await eventually(() => kubectl.run("logs", "web"))).toBe("started\n");
  expect(await kubectl.run("exec", "web", "--", "hostname")).toBe("web\n");
  expect(await kubectl.pipe("question", "exec", "-i", "web", "--", "cat")).toBe("question");
  const [there, back] = [join(directory, "there"), join(directory, "back")];
  await Bun.write(there, "copied\n".repeat(100_000));
  await kubectl.run("cp", there, "web:/tmp/file");
  await kubectl.run("cp", "web:/tmp/file", back);
  expect(await readFile(back, "utf8")).toBe(await readFile(there, "utf8"));
  expect(await kubectl.run("get", "--raw", "/api/v1/namespaces/default/pods/web/proxy/")).toBe("hello\n");
  expect(await kubectl.run("get", "--raw", `/api/v1/nodes/${agent.name}/proxy/healthz`)).toBe("ok");
  const forward = kubectl.start(["port-forward", "pod/web", "18080:8080"]);
  try {
    const fetched = await eventually(() =>
      server.run("busybox", "wget", "-q", "-O-", "http://127.0.0.1:18080/"),
    );
    expect(fetched).toBe("hello");
  } finally {
    forward.kill();
    await forward.exited;
  }
});

/** The webhook of a node's pod, called for ConfigMaps with a label that names the node. */
function webhook(kind: string, node: string, operation: string, caBundle: string): object {
  const name = `${operation.toLowerCase()}.${node}.example.com`;
  return {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind,
    metadata: { name },
    webhooks: [
      {
        name,
        clientConfig: { service: { namespace: "default", name: node, path: "/admit" }, caBundle },
        objectSelector: { matchLabels: { node } },
        rules: [{ apiGroups: [""], apiVersions: ["v1"], resources: ["configmaps"], operations: [operation] }],
        sideEffects: "None",
        admissionReviewVersions: ["v1"],
      },
    ],
  };
}

test.each(["natsrv", "natagt"])("webhooks in a pod on %s change and refuse objects", async (node) => {
  const caBundle = await authorityOf(node);
  await server.apply([
    webhook("MutatingWebhookConfiguration", node, "CREATE", caBundle),
    webhook("ValidatingWebhookConfiguration", node, "UPDATE", caBundle),
  ]);
  const metadata = { name: node, labels: { node, webhook: "patch" } };
  await server.apply([{ apiVersion: "v1", kind: "ConfigMap", metadata }]);
  expect(await server.jsonpath("configmap", node, "{.metadata.labels.patched}")).toBe("yes");
  const { stderr } = await server.kubectl.try("", "label", "configmap", node, "webhook=deny", "--overwrite");
  expect(stderr).toContain(
    `admission webhook "update.${node}.example.com" denied the request: you asked for it`,
  );
});

test("an extension server in a pod behind NAT serves its kinds", async () => {
  const caBundle = btoa(await authorityOf(EXTENSION.name, EXTENSION.namespace));
  const [group, version] = ["wardle.example.com", "v1alpha1"];
  await server.apply([
    {
      apiVersion: "apiregistration.k8s.io/v1",
      kind: "APIService",
      metadata: { name: `${version}.${group}` },
      spec: { group, version, groupPriorityMinimum: 100, versionPriority: 100, service: EXTENSION, caBundle },
    },
  ]);
  await server.kubectl.run("wait", "--for=condition=Available", "apiservice", "--all", "--timeout=60s");
  const metadata = { name: "a", namespace: "default" };
  await server.apply([{ apiVersion: `${group}/${version}`, kind: "Flunder", metadata }]);
  expect(await server.kubectl.run("get", "flunders", "-o", "name")).toBe("flunder.wardle.example.com/a\n");
});

test("the tunnel comes back with the server, and so does the node", async () => {
  await server.stopServer();
  await server.startServer();
  expect(await eventually(() => server.kubectl.run("exec", "web", "--", "echo", "again"))).toBe("again\n");
  await agent.ready();
});

test("the node and its tunnel follow other authorities, and hosts join with what they have then", async () => {
  const { kubectl } = server;
  const readToken = async (): Promise<string> =>
    (await readFile(join(server.dataDirectory, "server/token"), "utf8")).trim();
  const rotateCa = (...flags: readonly string[]): Promise<string> => {
    const options = [`--data-dir=${server.dataDirectory}`, `--kubeconfig=${server.kubeconfig}`];
    return server.run(EXECUTABLE, "certificate", "rotate-ca", ...options, ...flags);
  };
  const lifeBefore = await server.jsonpath("pod", "web", "{.status.containerStatuses[0].containerID}");
  const goesOn = async (): Promise<void> => {
    expect(await kubectl.run("exec", "web", "--", "hostname")).toBe("web\n");
    expect(await kubectl.run("logs", "web")).toBe("started\n");
    const { stderr } = await kubectl.try("", "label", "configmap", agent.name, "webhook=deny", "--overwrite");
    expect(stderr).toContain("denied the request: you asked for it");
  };
  const formerToken = await readToken();
  expect(await rotateCa()).toContain("Replaced server-ca, client-ca, request-header-ca;");
  await goesOn();
  // The extension server goes by the authority that it was given at its start, which is good until the end.
  expect(await kubectl.run("get", "flunders", "-o", "name")).toContain("/a\n");
  // It refuses as long as a node has not followed.
  expect(await eventually(() => rotateCa("--finish"))).toContain(
    "The authorities before are not trusted any more",
  );
  await goesOn();
  await agent.stop();
  agent.spawn();
  await eventually(goesOn);
  await agent.ready();
  expect(await server.jsonpath("pod", "web", "{.status.containerStatuses[0].containerID}")).toBe(lifeBefore);

  await using late = await AgentHost.create({ name: "natlate", server });
  late.spawn([`--token=${formerToken}`]);
  await eventually(async () =>
    expect(await late.log()).toMatch(/^kubelith: .*its authorities have been replaced/m),
  );
  expect(await late.stop()).toBe(1);
  late.spawn([`--token=${await readToken()}`]);
  await late.ready();
  const healthz = `/api/v1/nodes/${late.name}/proxy/healthz`;
  expect(await eventually(() => kubectl.run("get", "--raw", healthz))).toBe("ok");
  expect(await late.stop()).toBe(0);
  await kubectl.run("delete", "node", late.name);
});
