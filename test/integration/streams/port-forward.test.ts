import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { minorVersion, modernKubectls } from "../front/kubectl.ts";
import { shakeHands, WebSocketClient } from "../front/web-socket-client.ts";
import { until } from "../until.ts";
import { type ClientStream, readToEnd, SpdyClient } from "./spdy-client.ts";
import { type StreamCluster, startStreamCluster } from "./stream-cluster.ts";

const PATH = "/api/v1/namespaces/default/pods/web/portforward";

let cluster: StreamCluster;
/** Sends back what it gets. */
let echo: number;
/** Says how much it has got, once the client has ended. */
let counter: number;
/** Greets and hangs up. */
let greeter: number;
let refused: number;
const servers: Server[] = [];
const connections = new Set<Socket>();
beforeAll(async () => {
  cluster = await startStreamCluster();
  echo = await listen((socket) => socket.pipe(socket));
  counter = await listen((socket) => {
    let size = 0;
    socket.on("data", (chunk: Buffer) => {
      size += chunk.length;
    });
    socket.on("end", () => socket.end(String(size)));
  });
  greeter = await listen((socket) => socket.end("hello"));
  refused = await listen(() => undefined);
  servers.pop()?.close();
});
afterAll(async () => {
  await cluster[Symbol.asyncDispose]();
  for (const server of servers) server.close();
  for (const connection of connections) connection.destroy();
});

async function listen(serve: (socket: Socket) => void): Promise<number> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    connections.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => connections.delete(socket));
    serve(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  servers.push(server);
  return (server.address() as AddressInfo).port;
}

const forward = (protocols = ["portforward.k8s.io"], { server } = cluster): Promise<SpdyClient> =>
  SpdyClient.connect(server, { path: PATH, protocols });

/** One forwarded connection. */
async function open(
  client: SpdyClient,
  port: number,
  requestid: string,
): Promise<{ readonly error: ClientStream; readonly data: ClientStream }> {
  const headers = { port: String(port), requestid };
  const error = await client.open({ ...headers, streamtype: "error" });
  error.end();
  return { error, data: await client.open({ ...headers, streamtype: "data" }) };
}

const BYTES = Buffer.from(Array.from({ length: 256 * 400 }, (_, index) => index % 256));

describe("port-forward over SPDY", () => {
  test("carries many connections at once, each to its own end", async () => {
    using client = await forward();
    const opened = [];
    for (let number = 0; number < 20; number += 1) {
      const port = number % 2 === 0 ? echo : counter;
      opened.push({ number, ...(await open(client, port, String(number))) });
    }
    for (const { data } of opened) {
      data.send(BYTES);
      data.end();
    }
    for (const { number, data, error } of opened) {
      const text = await readToEnd(data);
      const want = number % 2 === 0 ? BYTES.toString() : String(BYTES.length);
      expect({ number, isRight: text === want }).toEqual({ number, isRight: true });
      expect([await readToEnd(error), data.state]).toEqual(["", "ended"]);
    }
    await until(() => connections.size === 0);
  });

  test("says that nobody listens, and goes on with the others", async () => {
    using client = await forward();
    const { data, error } = await open(client, refused, "1");
    expect(await readToEnd(error)).toMatch(
      /^error forwarding port \d+ to pod sandbox-\d+, uid : .*ECONNREFUSED/,
    );
    await readToEnd(data);
    const other = await open(client, greeter, "2");
    expect(await readToEnd(other.data)).toBe("hello");
  });

  test("lets the server hang up first", async () => {
    using client = await forward();
    const { data } = await open(client, greeter, "1");
    expect(await readToEnd(data)).toBe("hello");
    data.end();
    await until(() => connections.size === 0);
  });

  test("breaks a connection off with its client", async () => {
    const client = await forward();
    await open(client, echo, "1");
    await until(() => connections.size === 1);
    client[Symbol.dispose]();
    await until(() => connections.size === 0);
  });

  test("breaks a connection off that its client resets", async () => {
    using client = await forward();
    const { data } = await open(client, echo, "1");
    await until(() => connections.size === 1);
    data.reset();
    await until(() => connections.size === 0);
  });

  test("breaks off for the client what the server breaks off", async () => {
    using client = await forward();
    const { data } = await open(client, echo, "1");
    await until(() => connections.size === 1);
    for (const connection of connections) connection.resetAndDestroy();
    await readToEnd(data);
  });

  test("takes no streams without a port or of another type", async () => {
    using client = await forward();
    for (const headers of [
      { streamtype: "data" },
      { streamtype: "data", port: "0" },
      { streamtype: "data", port: "65536" },
      { streamtype: "data", port: "http" },
      { streamtype: "stdin", port: "80" },
      { port: "80" },
    ])
      expect((await client.open({ ...headers, requestid: "1" })).state, JSON.stringify(headers)).toBe(
        "reset",
      );
  });

  test("pairs the streams of clients that say no request id", async () => {
    using client = await forward();
    const error = await client.open({ streamtype: "error", port: String(greeter) });
    const data = await client.open({ streamtype: "data", port: String(greeter) });
    data.end();
    expect([await readToEnd(data), await readToEnd(error)]).toEqual(["hello", ""]);
  });

  test("gives up a connection whose other stream does not come", async () => {
    await using impatient = await startStreamCluster({ creationTimeoutMs: 10 });
    using client = await forward(undefined, impatient);
    const error = await client.open({ streamtype: "error", port: "80", requestid: "7" });
    expect(await readToEnd(error)).toContain("request=7) timed out waiting for streams");
  });

  test("is refused in a protocol that nobody speaks", async () => {
    using client = await forward(["v2.portforward.k8s.io"]);
    expect(client.answer).toStartWith("HTTP/1.1 403 Forbidden\r\n");
    expect(client.answer).toEndWith(
      "client supports [v2.portforward.k8s.io], server accepts [portforward.k8s.io]",
    );
  });
});

describe("port-forward over a WebSocket", () => {
  const start = (ports: string, protocol = "v4.channel.k8s.io"): WebSocketClient =>
    new WebSocketClient(cluster.server, { path: `${PATH}?ports=${ports}`, protocols: [protocol] });

  /** What each channel has brought by the end; the first two bytes are the port. */
  async function readAll(client: WebSocketClient): Promise<Record<number, string>> {
    const channels: Record<number, string> = {};
    for (;;) {
      const message = await client.nextMessage().catch(() => undefined);
      if (message === undefined) return channels;
      const bytes = Buffer.from(message as Buffer);
      const channel = bytes[0] ?? -1;
      const before = channels[channel];
      channels[channel] =
        before === undefined ? `${String(bytes.readUInt16LE(1))}:` : before + bytes.toString("utf8", 1);
    }
  }

  test("carries one connection to each port", async () => {
    using client = start(`${String(greeter)},${String(refused)}`);
    expect(await readAll(client)).toEqual({
      0: `${String(greeter)}:hello`,
      1: `${String(greeter)}:`,
      2: `${String(refused)}:`,
      3: expect.stringContaining(`:error forwarding port ${String(refused)} to pod `) as string,
    });
    expect(await client.closed).toBe(1000);
  });

  test("carries SPDY in its messages", async () => {
    const headers = { "sec-websocket-protocol": "SPDY/3.1+portforward.k8s.io" };
    const { answer, socket } = await shakeHands(cluster.server, { path: PATH, headers });
    socket.destroy();
    expect(answer).toStartWith("HTTP/1.1 101 ");
    expect(answer).toContain("SPDY/3.1+portforward.k8s.io\r\n");
  });

  test("is refused in a protocol that nobody speaks over SPDY", async () => {
    const headers = { "sec-websocket-protocol": "SPDY/3.1+v2.portforward.k8s.io" };
    const { answer, socket } = await shakeHands(cluster.server, { path: PATH, headers });
    socket.destroy();
    expect(answer).toStartWith("HTTP/1.1 403 Forbidden\r\n");
    expect(answer).toContain("x-accepted-stream-protocol-versions: portforward.k8s.io\r\n");
  });
});

const KUBECTLS = modernKubectls().filter((path) => [27, 33].includes(minorVersion(path)));

test.each(KUBECTLS)("%s carries many connections to many ports", async (path) => {
  const args = ["port-forward", "web", `:${String(echo)}`, `:${String(counter)}`];
  const kubectl = cluster.kubectl(path).start(args);
  try {
    const [echoPort, counterPort] = await forwardedPorts(kubectl.stdout, [echo, counter]);
    const talks = Array.from({ length: 20 }, (_, index) => talk(index % 2 === 0 ? echoPort : counterPort));
    const answers = await Promise.all(talks);
    for (const [index, answer] of answers.entries()) {
      const want = index % 2 === 0 ? BYTES : Buffer.from(String(BYTES.length));
      expect({ index, isRight: answer.equals(want) }).toEqual({ index, isRight: true });
    }
  } finally {
    kubectl.kill();
    await kubectl.exited;
  }
});

/** Where kubectl says that it listens, in the order of the ports that are asked for. What it says later is read too. */
async function forwardedPorts(
  output: ReadableStream<Uint8Array>,
  ports: readonly number[],
): Promise<number[]> {
  let text = "";
  void (async () => {
    for await (const chunk of output) text += Buffer.from(chunk).toString();
  })();
  const found = () =>
    ports.map((port) => new RegExp(`127\\.0\\.0\\.1:(\\d+) -> ${String(port)}\n`).exec(text)?.[1]);
  await until(() => found().every((local) => local !== undefined));
  return found().map(Number);
}

/** Sends everything and half-closes, then reads to the end. */
async function talk(port: number | undefined): Promise<Buffer> {
  const socket = connect({ host: "127.0.0.1", port: port ?? 0, allowHalfOpen: true });
  socket.end(BYTES);
  const chunks: Buffer[] = [];
  for await (const chunk of socket as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}
