import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { BackendAgent } from "#apiserver/backends/backend-agent.ts";
import { sendRequest } from "#apiserver/backends/send-request.ts";
import { systemClock } from "#base/clock.ts";
import { FakeClock } from "#testing/fake-clock.ts";
import { type Kubectl, modernKubectls } from "../front/kubectl.ts";
import { until } from "../until.ts";
import { startTunnelCluster, type TunnelCluster } from "./tunnel-cluster.ts";

const [OLDEST = "kubectl", NEWEST = "kubectl"] = [modernKubectls().at(0), modernKubectls().at(-1)];
const never = new AbortController().signal;

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** Repeats what it hears, and says who has come and gone. */
class EchoPod implements AsyncDisposable {
  readonly sockets = new Set<Socket>();
  readonly #server: Server = createServer({ allowHalfOpen: true }, (socket) => {
    this.sockets.add(socket);
    socket.on("error", () => undefined);
    socket.once("close", () => this.sockets.delete(socket));
    socket.pipe(socket);
  });

  async listen(host: string): Promise<number> {
    this.#server.listen(0, host);
    await once(this.#server, "listening");
    return (this.#server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }
}

/** Answers HTTP once for each connection, and breaks it off when it is asked again. */
class ForgetfulPod implements AsyncDisposable {
  connections = 0;
  readonly #sockets = new Set<Socket>();
  readonly #server: Server = createServer((socket) => {
    this.connections += 1;
    this.#sockets.add(socket);
    socket.on("error", () => undefined);
    socket.once("data", () => {
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
      socket.once("data", () => socket.resetAndDestroy());
    });
  });

  async listen(host: string): Promise<number> {
    this.#server.listen(0, host);
    await once(this.#server, "listening");
    return (this.#server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}

async function readAll(stream: Duplex): Promise<string> {
  let text = "";
  for await (const chunk of stream as AsyncIterable<Buffer>) text += chunk.toString();
  return text;
}

async function givePodCIDR({ server }: TunnelCluster, podCIDR: string): Promise<void> {
  const node = await server.client.get("Node", { name: "n1" });
  await server.client.update("Node", { ...node, spec: { ...node.spec, podCIDR, podCIDRs: [podCIDR] } });
}

describe("a node that can only be reached through its tunnel", () => {
  let cluster: TunnelCluster;
  let kubectl: Kubectl;
  beforeAll(async () => {
    cluster = await startTunnelCluster();
    kubectl = cluster.kubectl(NEWEST);
    const { stderr } = await kubectl.try("", "exec", "web", "--", "true");
    expect(stderr).toContain("connect: connection refused");
    await givePodCIDR(cluster, "127.42.0.0/16");
    await cluster.join();
  });
  afterAll(async () => {
    await cluster[Symbol.asyncDispose]();
  });

  test.each([OLDEST, NEWEST])("carries any bytes of exec both ways, for %s", async (path) => {
    const bytes = crypto.getRandomValues(Buffer.alloc(64 * 1024));
    const input = Buffer.concat(Array.from({ length: 16 * 4 }, () => bytes));
    const client = cluster.kubectl(path).start(["exec", "-i", "web", "--", "cat"], input);
    const output = await client.stdout.bytes();
    expect([await client.exited, sha256(output)]).toEqual([0, sha256(input)]);
  });

  test("tells how a command ended", async () => {
    const { code, stdout, stderr } = await kubectl.try(
      "",
      "exec",
      "web",
      "--",
      "sh",
      "-c",
      "echo a; echo b >&2; exit 7",
    );
    expect([code, stdout, stderr]).toEqual([7, "a\n", "b\ncommand terminated with exit code 7\n"]);
  });

  test("carries many commands at once", async () => {
    const outputs = await Promise.all(
      Array.from({ length: 6 }, (_, at) => kubectl.run("exec", "web", "--", "echo", String(at))),
    );
    expect(outputs).toEqual(Array.from({ length: 6 }, (_, at) => `${String(at)}\n`));
  });

  test("asks for logs", async () => {
    expect((await kubectl.try("", "logs", "web")).stderr).toBe(
      'Error from server (BadRequest): container "app" in pod "web" is not available\n',
    );
  });

  test("leads to pods of the node, and each side ends for itself", async () => {
    await using pod = new EchoPod();
    const port = await pod.listen("127.42.1.7");
    const stream = await cluster.server.dialer.dial({ host: "127.42.1.7", port }, never);
    stream.end("hello");
    expect(await readAll(stream)).toBe("hello");
    await until(() => pod.sockets.size === 0);
  });

  test("says why a pod cannot be reached", async () => {
    const refused = cluster.server.dialer.dial({ host: "127.42.1.7", port: 9 }, never);
    await expect(refused).rejects.toThrow("dial tcp 127.42.1.7:9: connect: connection refused");
  });

  test("has what pods are asked over kept connections asked again when they have closed these", async () => {
    await using pod = new ForgetfulPod();
    const address = { host: "127.42.1.7", port: await pod.listen("127.42.1.7") };
    using agent = new BackendAgent({ clock: systemClock });
    const source = agent.to({ key: "pod", connect: (signal) => cluster.server.dialer.dial(address, signal) });
    const request = { method: "POST", path: "/", headers: {}, body: Buffer.from("?") };
    for (const connections of [1, 2]) {
      const { content } = await sendRequest(source, request, never);
      expect(Buffer.concat(await Array.fromAsync(content)).toString()).toBe("hi");
      expect(pod.connections).toBe(connections);
    }
  });

  test("leads nowhere else, whatever the server asks for", async () => {
    await using other = new EchoPod();
    const port = await other.listen("127.42.2.7");
    for (const host of ["127.42.2.7", "127.42.1.1"]) {
      const refused = cluster.server.dialer.dial({ host, port }, never);
      await expect(refused).rejects.toThrow("connect: not allowed through the tunnel of this node");
    }
    expect(other.sockets.size).toBe(0);
  });

  test("breaks streams off with the tunnel, and opens it again", async () => {
    await using pod = new EchoPod();
    const port = await pod.listen("127.42.1.7");
    const stream = await cluster.server.dialer.dial({ host: "127.42.1.7", port }, never);
    const failed = once(stream, "error");
    const opened = cluster.changes.length;
    cluster.relay.cut();
    expect((await failed)[0]).toMatchObject({ detail: { code: "lost" } });
    await until(() => pod.sockets.size === 0);
    await until(() => cluster.changes.slice(opened).join(" ") === "lost open");
    expect(await kubectl.run("exec", "web", "--", "echo", "again")).toBe("again\n");
  });

  test("ends a command whose client has gone", async () => {
    const client = kubectl.start(["exec", "web", "--", "sleep", "1000"]);
    await until(() => cluster.runtime.running.size === 1);
    client.kill();
    await client.exited;
    await until(() => cluster.runtime.running.size === 0);
  });
});

test("finds out that nobody answers for a while, or any more, on both sides of the tunnel", async () => {
  const clock = new FakeClock();
  await using cluster = await startTunnelCluster({ clock });
  await cluster.join();
  cluster.relay.silence();
  await clock.advance(10_000);
  expect(cluster.changes).toEqual(["open", "lost"]);
  cluster.relay.resume();
  await until(() => cluster.changes.at(-1) === "open");
  expect(cluster.relay.connections).toBe(1);

  cluster.relay.silence();
  await clock.advance(40_000);
  await until(() => cluster.changes.at(-1) === "lost");
  cluster.relay.recover();
  await until(async () => {
    await clock.advance(1000);
    return cluster.changes.at(-1) === "open";
  });
  expect(await cluster.kubectl(NEWEST).run("exec", "web", "--", "echo", "new")).toBe("new\n");
});

test("ends with the server, which does not wait for it", async () => {
  await using cluster = await startTunnelCluster();
  await cluster.join();
  await cluster.server.front[Symbol.asyncDispose]();
  await until(() => cluster.changes.at(-1) === "lost");
});

test("is for nodes alone", async () => {
  await using cluster = await startTunnelCluster();
  const { server } = cluster;
  const headers = {
    connection: "Upgrade",
    upgrade: "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
  };
  const ask = async (options: Parameters<typeof server.connect>[0]) => {
    const { status, text } = await server
      .connect({ protocol: "http/1.1", ...options })
      .send({ path: "/v1-kubelith/connect", headers });
    return `${String(status)} ${(JSON.parse(text) as { message: string }).message}`;
  };
  expect(await ask({})).toBe('403 forbidden: User "system:admin" is no node, and only nodes have tunnels');
});
