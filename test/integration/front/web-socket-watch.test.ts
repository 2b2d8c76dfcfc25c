import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { once } from "node:events";
import type { TokenRequest } from "#api/generated/authentication-v1.ts";
import { aServiceAccount } from "#testing/objects.ts";
import { until } from "../until.ts";
import { endlessWatches } from "./endless-watches.ts";
import { startTestServer, type TestServer } from "./server.ts";
import { shakeHands, WebSocketClient } from "./web-socket-client.ts";
import { cborCodec, protobufCodec } from "./wire-codecs.ts";

const CONFIG_MAPS = "/api/v1/namespaces/default/configmaps?watch=true";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  await server.client.create("ServiceAccount", aServiceAccount("default"));
});
afterAll(() => server[Symbol.asyncDispose]());

async function create(name: string, { namespace = "default", data = { name } } = {}): Promise<void> {
  await server.client.create("ConfigMap", {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name, namespace },
    data,
  });
}

/** Of a service account that may watch. */
async function aToken(): Promise<string> {
  const metadata = { name: "watcher", namespace: "default" };
  await server.client.create("ServiceAccount", { apiVersion: "v1", kind: "ServiceAccount", metadata });
  await server.client.create("RoleBinding", {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "RoleBinding",
    metadata,
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" },
    subjects: [{ kind: "ServiceAccount", ...metadata }],
  });
  const request = {
    apiVersion: "authentication.k8s.io/v1",
    kind: "TokenRequest",
    spec: { audiences: [] },
  } as const;
  const { status } = await server.client.createSubresource<TokenRequest>(
    "ServiceAccount",
    metadata,
    "token",
    request,
  );
  return status?.token ?? "";
}

describe("a watch over a WebSocket", () => {
  const path = (name: string): string => `${CONFIG_MAPS}&fieldSelector=metadata.name%3D${name}`;

  test("sends each event as a line of text", async () => {
    using client = new WebSocketClient(server, { path: path("text") });
    await create("text");
    const message = await client.nextMessage();
    expect(message).toEndWith("}\n");
    expect(JSON.parse(String(message))).toMatchObject({
      type: "ADDED",
      object: { kind: "ConfigMap", metadata: { name: "text" } },
    });
  });

  test("sends bytes without frames to who wants protobuf", async () => {
    const headers = { accept: protobufCodec.mediaType };
    using client = new WebSocketClient(server, { path: path("protobuf"), headers });
    await create("protobuf");
    const message = (await client.nextMessage()) as Buffer;
    expect(message.toString("latin1", 0, 7)).toBe("\n\x05ADDED");
    expect(protobufCodec.decode(message.subarray(message.indexOf("k8s\0")))).toMatchObject({
      data: { name: "protobuf" },
    });
  });

  test("sends bytes to who wants CBOR", async () => {
    using client = new WebSocketClient(server, {
      path: path("cbor"),
      headers: { accept: "application/cbor" },
    });
    await create("cbor");
    expect(cborCodec.decode((await client.nextMessage()) as Buffer)).toMatchObject({
      type: "ADDED",
      object: { data: { name: "cbor" } },
    });
  });

  test("sends tables", async () => {
    const headers = { accept: "application/json;as=Table;v=v1;g=meta.k8s.io" };
    using client = new WebSocketClient(server, { path: path("table"), headers });
    await create("table");
    expect(JSON.parse(String(await client.nextMessage()))).toMatchObject({
      object: { kind: "Table", rows: [{ cells: ["table", 1, expect.anything()] }] },
    });
  });

  test("sends all of what is there, however long it is, and then news", async () => {
    const place = { namespace: "kube-public", data: { name: "x".repeat(500_000) } };
    const names = Array.from({ length: 12 }, (_, index) => `large-${String(index).padStart(2, "0")}`);
    for (const name of names) await create(name, place);
    using client = new WebSocketClient(server, {
      path: "/api/v1/namespaces/kube-public/configmaps?watch=true",
    });
    await client.nextMessage();
    await create("news", place);
    for (const name of [...names.slice(1), "news"]) {
      expect(JSON.parse(String(await client.nextMessage()))).toMatchObject({
        object: { metadata: { name } },
      });
    }
  });

  test("takes no notice of what the client says", async () => {
    using client = new WebSocketClient(server, { path: path("deaf") });
    await create("deaf");
    await client.nextMessage();
    client.send("hello");
    await server.client.delete("ConfigMap", { namespace: "default", name: "deaf" });
    expect(JSON.parse(String(await client.nextMessage()))).toMatchObject({ type: "DELETED" });
  });

  test("is closed when its time is over", async () => {
    using client = new WebSocketClient(server, { path: `${CONFIG_MAPS}&timeoutSeconds=1` });
    expect(await client.closed).toBe(1000);
  });

  test("is closed when the client wants that", async () => {
    using client = new WebSocketClient(server, { path: path("closed") });
    await create("closed");
    await client.nextMessage();
    client.close();
    expect(await client.closed).toBe(1000);
  });

  test("takes a token among the subprotocols, and chooses another one", async () => {
    const token = Buffer.from(await aToken()).toString("base64url");
    const protocols = [`base64url.bearer.authorization.k8s.io.${token}`, "base64.binary.k8s.io"];
    using client = new WebSocketClient(server, { path: path("token"), protocols, isAnonymous: true });
    await create("token");
    await client.nextMessage();
    expect(client.protocol).toBe("base64.binary.k8s.io");
  });
});

describe("a handshake", () => {
  const refused: { name: string; headers: Record<string, string>; answer: string }[] = [
    { name: "without an origin", headers: { origin: "" }, answer: "HTTP/1.1 403 Forbidden" },
    { name: "of nobody", headers: { origin: "null" }, answer: "HTTP/1.1 403 Forbidden" },
    { name: "without a key", headers: { "sec-websocket-key": "" }, answer: "HTTP/1.1 400 Bad Request" },
    {
      name: "of another version",
      headers: { "sec-websocket-version": "8" },
      answer: "HTTP/1.1 400 Bad Request",
    },
    {
      name: "with a choice of protocols",
      headers: { "sec-websocket-protocol": "a, b" },
      answer: "HTTP/1.1 400 Bad Request",
    },
  ];
  test.each(refused)("$name is refused", async ({ headers, answer }) => {
    const answered = await shakeHands(server, { path: CONFIG_MAPS, headers });
    answered.socket.destroy();
    expect(answered.answer).toStartWith(`${answer}\r\n`);
  });

  test("of another version learns which one is spoken", async () => {
    const { answer, socket } = await shakeHands(server, {
      path: CONFIG_MAPS,
      headers: { "sec-websocket-version": "8" },
    });
    socket.destroy();
    expect(answer.toLowerCase()).toContain("\r\nsec-websocket-version: 13\r\n");
  });

  test("that comes after an error gets the error", async () => {
    const path = `${CONFIG_MAPS}&labelSelector=a+b+c`;
    const { answer, socket } = await shakeHands(server, { path });
    socket.destroy();
    expect(answer).toStartWith("HTTP/1.1 400 Bad Request\r\n");
    expect(answer.toLowerCase()).toContain("content-type: application/json");
  });

  test("for what is no watch gets the answer", async () => {
    const { answer, socket } = await shakeHands(server, { path: "/api/v1/namespaces/default" });
    socket.destroy();
    expect(answer).toStartWith("HTTP/1.1 200 OK\r\n");
  });
});

test("a client that does not read is cut off", async () => {
  const made = { bytes: 0, isOver: false };
  await using slow = await startTestServer({ intercept: () => endlessWatches(made) });
  const { answer, socket } = await shakeHands(slow, { path: CONFIG_MAPS });
  expect(answer).toStartWith("HTTP/1.1 101 Switching Protocols\r\n");
  await until(() => made.isOver);
  // What the kernel holds of a connection within one machine, and a mebibyte.
  expect(made.bytes).toBeLessThan(16 * 1024 * 1024);
  socket.resume();
  await once(socket, "close");
});
