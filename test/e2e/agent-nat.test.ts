import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AgentHost } from "./agent-host.ts";
import { sh } from "./docker-host.ts";
import { BUSYBOX, KubelithHost } from "./kubelith-host.ts";

let server: KubelithHost;
let agent: AgentHost;
let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "kubelith-nat-"));
  server = await KubelithHost.start({ name: "natsrv" });
  agent = await AgentHost.start({ name: "natagt", server, gateway: "natgw" });
  await server.apply([WEB]);
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

test("the tunnel comes back with the server, and so does the node", async () => {
  await server.stopServer();
  await server.startServer();
  expect(await eventually(() => server.kubectl.run("exec", "web", "--", "echo", "again"))).toBe("again\n");
  await agent.ready();
});
