import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Message, shakeHands, WebSocketClient } from "../front/web-socket-client.ts";
import { until } from "../until.ts";
import { type StreamCluster, startStreamCluster } from "./stream-cluster.ts";

let cluster: StreamCluster;
beforeAll(async () => {
  cluster = await startStreamCluster();
});
afterAll(() => cluster[Symbol.asyncDispose]());

function execPath(command: readonly string[], streams = "stdin=true&stdout=true&stderr=true"): string {
  const words = command.map((word) => `command=${encodeURIComponent(word)}`);
  return `/api/v1/namespaces/default/pods/web/exec?${[...words, streams].join("&")}`;
}

function exec(protocol: string, command: readonly string[], streams?: string): WebSocketClient {
  const protocols = protocol === "" ? [] : [protocol];
  return new WebSocketClient(cluster.server, { path: execPath(command, streams), protocols });
}

/** What a client is sent until the connection ends, by channels; messages of one channel are joined. */
async function readAll(client: WebSocketClient): Promise<Record<string, string>> {
  const channels: Record<string, string> = {};
  for (;;) {
    const message = await client.nextMessage().catch(() => undefined);
    if (message === undefined) return channels;
    const { channel, content } = parted(message);
    channels[channel] = (channels[channel] ?? "") + content.toString();
  }
}

function parted(message: Message): { readonly channel: string; readonly content: Buffer } {
  if (typeof message === "string")
    return { channel: message[0] ?? "", content: Buffer.from(message.slice(1), "base64") };
  return { channel: String(message[0]), content: message.subarray(1) };
}

const binary = (channel: number, content: string | Uint8Array = ""): Uint8Array<ArrayBuffer> =>
  new Uint8Array(Buffer.concat([Buffer.of(channel), Buffer.from(content)]));
const text = (channel: number, content: string): string =>
  String(channel) + Buffer.from(content).toString("base64");

const SUCCESS = '{"status":"Success"}';
const SCRIPT = ["sh", "-c", "read line; echo got $line; echo err >&2; exit $line"];
const STATUS =
  '{"status":"Failure","message":"command terminated with non-zero exit code: error executing command ' +
  `[${SCRIPT.join(" ")}], exit code 3","reason":"NonZeroExitCode","details":{"causes":[{"reason":"ExitCode","message":"3"}]}}`;

describe("a command over a WebSocket", () => {
  const cases = [
    { protocol: "", isText: false, success: undefined, failure: messageOf(STATUS) },
    { protocol: "channel.k8s.io", isText: false, success: undefined, failure: messageOf(STATUS) },
    { protocol: "base64.channel.k8s.io", isText: true, success: undefined, failure: messageOf(STATUS) },
    { protocol: "v4.channel.k8s.io", isText: false, success: SUCCESS, failure: STATUS },
    { protocol: "v4.base64.channel.k8s.io", isText: true, success: SUCCESS, failure: STATUS },
    {
      protocol: "v5.channel.k8s.io",
      isText: false,
      success: '{"metadata":{},"status":"Success"}',
      failure: STATUS.replace('"status"', '"metadata":{},"status"').replace(
        /error executing command .*exit code 3"/,
        'command terminated with exit code 3"',
      ),
    },
  ];
  test.each(cases)(
    "has its streams and its outcome as '$protocol' has them",
    async ({ protocol, ...want }) => {
      for (const [input, outcome] of [
        ["0", want.success],
        ["3", want.failure],
      ] as const) {
        using client = exec(protocol, SCRIPT);
        // The first message says that there is somebody.
        expect(parted(await client.nextMessage())).toEqual({ channel: "1", content: Buffer.alloc(0) });
        expect(client.protocol).toBe(protocol);
        client.send(want.isText ? text(0, `${input}\n`) : binary(0, `${input}\n`));
        const all = { 1: `got ${input}\n`, 2: "err\n", ...(outcome !== undefined && { 3: outcome }) };
        expect(await readAll(client)).toEqual(all);
        expect(await client.closed).toBe(1000);
      }
    },
  );

  test("gets the end of its input when the client closes the channel", async () => {
    using client = exec("v5.channel.k8s.io", ["wc", "-c"]);
    await client.nextMessage();
    client.send(binary(0, Buffer.alloc(100_000)));
    client.send(binary(255, Buffer.of(0)));
    client.send(binary(0, "too late"));
    expect(await readAll(client)).toMatchObject({ 1: "100000\n" });
  });

  test.each([
    ["without a channel", Buffer.of()],
    ["of two channels", Buffer.of(0, 1)],
    ["of a channel that is none", Buffer.of(5)],
  ])("ends when the client sends an end %s", async (_name, channels) => {
    using client = exec("v5.channel.k8s.io", ["cat"]);
    await client.nextMessage();
    client.send(binary(255, channels));
    await readAll(client);
    expect(await client.closed).toBe(1000);
    await until(() => cluster.runtime.running.size === 0);
  });

  test("does not see what is on channels that it has not, or no base64", async () => {
    using client = exec("v4.base64.channel.k8s.io", ["head", "-c", "2"]);
    await client.nextMessage();
    for (const message of ["", "7aGk=", "1aGk=", "0a", "0####", "0aGk=a", text(0, "hi")])
      client.send(message);
    expect(await readAll(client)).toEqual({ 1: "hi", 3: SUCCESS });
  });

  test.each([
    { streams: "stdout=true", want: { 1: "out\n", 3: SUCCESS } },
    { streams: "stderr=true", want: { 2: "err\n", 3: SUCCESS } },
    { streams: "stdin=true", want: { 3: SUCCESS } },
    { streams: "stdout=true&stderr=true&tty=true", want: { 1: "out\n", 3: SUCCESS } },
  ])("has the streams that were asked for by $streams", async ({ streams, want }) => {
    using client = exec("v4.channel.k8s.io", ["sh", "-c", "echo out; echo err >&2"], streams);
    expect(await readAll(client)).toEqual(want);
  });

  test("follows the sizes of the client's terminal", async () => {
    using client = exec("v5.channel.k8s.io", ["cat"], "stdin=true&stdout=true&tty=true");
    await client.nextMessage();
    client.send(binary(4, '{"Width":80,"Height":24}'));
    client.send(binary(4, '{"Width":132,"Height":50}\n'));
    await until(() => cluster.runtime.sizes.length === 2);
    expect(cluster.runtime.sizes).toEqual(["80x24", "132x50"]);
    client.send(binary(255, Buffer.of(0)));
    await readAll(client);
  });

  test("is told that it cannot be run", async () => {
    using client = exec("v5.channel.k8s.io", ["no-such-program"]);
    const { 3: status = "" } = await readAll(client);
    expect(JSON.parse(status)).toMatchObject({
      reason: "InternalError",
      message: expect.stringContaining(
        "Internal error occurred: Internal error occurred: error executing command in container: ",
      ),
    });
  });

  test("ends with its client", async () => {
    const client = exec("v5.channel.k8s.io", ["cat"]);
    await client.nextMessage();
    expect(cluster.runtime.running.size).toBe(1);
    client[Symbol.dispose]();
    await until(() => cluster.runtime.running.size === 0);
  });
});

describe("a handshake", () => {
  const path = execPath(["true"]);
  const cases = [
    {
      name: "of a protocol that nobody speaks",
      path,
      headers: { "sec-websocket-protocol": "v9.channel.k8s.io" },
      want: /^HTTP\/1\.1 403 Forbidden\r\n/,
    },
    {
      name: "without a key",
      path,
      headers: { "sec-websocket-key": "" },
      want: /^HTTP\/1\.1 400 Bad Request\r\n/,
    },
    {
      name: "of an old version",
      path,
      headers: { "sec-websocket-version": "7" },
      want: /^HTTP\/1\.1 400 Bad Request\r\n/,
    },
    {
      name: "without any stream",
      path: execPath(["true"], ""),
      headers: {},
      want: /^HTTP\/1\.1 400 Bad Request\r\n/,
    },
  ];
  test.each(cases)("$name is refused", async ({ path: wanted, headers, want }) => {
    const { answer, socket } = await shakeHands(cluster.server, { path: wanted, headers });
    socket.destroy();
    expect(answer).toMatch(want);
  });
});

function messageOf(status: string): string {
  return (JSON.parse(status) as { message: string }).message;
}
