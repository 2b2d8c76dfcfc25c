import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { once } from "node:events";
import { connect } from "node:tls";
import { gunzipSync } from "node:zlib";
import type { ConfigMap } from "#api/generated/core-v1.ts";
import type { Status } from "#apimachinery/generated/meta-v1.ts";
import type { HttpClient, Protocol } from "./http-client.ts";
import { END_HEADERS, END_STREAM, frame, framesOf, headerBlock, RawHttp2 } from "./http2-frames.ts";
import { startTestServer, type TestServer } from "./server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const JSON_BODY = { "content-type": "application/json" };
const CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";

function aConfigMap(name: string, size = 1): string {
  return JSON.stringify({ metadata: { name }, data: { key: "v".repeat(size) } });
}

describe.each(["h2", "http/1.1"] satisfies Protocol[])("over %s", (protocol) => {
  let client: HttpClient;
  const name = `over-${protocol === "h2" ? "2" : "1"}`;
  beforeAll(() => {
    client = server.connect({ protocol });
  });

  test("an object is created, read and deleted", async () => {
    const created = await client.send({
      method: "POST",
      path: CONFIG_MAPS,
      headers: JSON_BODY,
      body: aConfigMap(name),
    });
    expect([created.status, created.json<ConfigMap>().metadata.name]).toEqual([201, name]);
    const read = await client.send({ path: `${CONFIG_MAPS}/${name}` });
    expect([read.status, read.json<ConfigMap>().data]).toEqual([200, { key: "v" }]);
    const deleted = await client.send({ method: "DELETE", path: `${CONFIG_MAPS}/${name}` });
    expect([deleted.status, deleted.json<Status>().status]).toEqual([200, "Success"]);
  });

  test("answers say how long they are, who asked and that nobody may keep them", async () => {
    const { headers, bytes } = await client.send({ path: "/api/v1/namespaces/default" });
    expect(headers).toMatchObject({
      "content-type": "application/json",
      "content-length": String(bytes.length),
      "cache-control": "no-cache, private",
      "audit-id": expect.stringMatching(/^[-0-9a-f]{36}$/),
    });
    expect(bytes.at(-1)).toBe(0x0a);
  });

  test("the audit id of the request is that of the answer", async () => {
    const { headers } = await client.send({ path: "/version", headers: { "audit-id": "my-id" } });
    expect(headers["audit-id"]).toBe("my-id");
  });

  test("HEAD has the head of GET", async () => {
    const path = "/api/v1/namespaces/default";
    const [get, head] = [await client.send({ path }), await client.send({ method: "HEAD", path })];
    expect([head.status, head.bytes.length]).toEqual([200, 0]);
    expect(head.headers["content-length"]).toBe(get.headers["content-length"]);
    const missing = await client.send({ method: "HEAD", path: "/api/v1/namespaces/missing" });
    expect(missing.status).toBe(404);
  });

  const failures: { method: string; path: string; code: number; reason: string }[] = [
    { method: "GET", path: "/api/v1/widgets", code: 404, reason: "NotFound" },
    { method: "GET", path: "/api/v1/namespaces/default/nodes", code: 404, reason: "NotFound" },
    { method: "GET", path: "/api/v1/namespaces/missing", code: 404, reason: "NotFound" },
    { method: "GET", path: "/api/v1/namespaces/../../version", code: 404, reason: "NotFound" },
    { method: "GET", path: `${CONFIG_MAPS}/a%2Fb`, code: 404, reason: "NotFound" },
    { method: "GET", path: `${CONFIG_MAPS}/a%3Fb%20c`, code: 404, reason: "NotFound" },
    { method: "POST", path: "/version", code: 405, reason: "MethodNotAllowed" },
    { method: "POST", path: "/api", code: 405, reason: "MethodNotAllowed" },
    { method: "GET", path: "/apis/apps/v1/widgets", code: 404, reason: "NotFound" },
    { method: "PUT", path: CONFIG_MAPS, code: 405, reason: "MethodNotAllowed" },
    { method: "POST", path: "/api/v1/configmaps", code: 405, reason: "MethodNotAllowed" },
    { method: "OPTIONS", path: CONFIG_MAPS, code: 405, reason: "MethodNotAllowed" },
    { method: "PROPFIND", path: CONFIG_MAPS, code: 405, reason: "MethodNotAllowed" },
  ];
  test.each(failures)("$method $path is $code $reason", async ({ method, path, code, reason }) => {
    const answer = await client.send({ method, path });
    expect(answer.status).toBe(code);
    expect(answer.json<Status>()).toMatchObject({ kind: "Status", status: "Failure", reason, code });
  });

  test.each([
    "/nowhere",
    "/healthz/",
    "/livez/nothing",
    "/api/v9",
    "/apis/example.com",
    "/apis/apps/v9",
    "/apis/apps/v9/deployments",
    "/apis/example.com/v1/namespaces/default/widgets/a",
  ])("%s is no page", async (path) => {
    const { status, headers, text } = await client.send({ path });
    expect([status, headers["content-type"], text]).toEqual([
      404,
      "text/plain; charset=utf-8",
      "404 page not found\n",
    ]);
  });

  test("a path that cannot be decoded is a bad request", async () => {
    expect((await client.send({ path: "/api/v1/%zz" })).status).toBe(400);
  });

  test("a body that is too large is refused, and the client may go on", async () => {
    const body = aConfigMap("large", 4 * 1024 * 1024);
    const answer = await client.send({ method: "POST", path: CONFIG_MAPS, headers: JSON_BODY, body });
    expect(answer.json<Status>()).toMatchObject({
      code: 413,
      reason: "RequestEntityTooLarge",
      message: "Request entity too large: limit is 3145728",
    });
    expect((await client.send({ path: "/version" })).status).toBe(200);
  });

  test("a large answer is compressed for those who can take it", async () => {
    const large = `${name}-large`;
    const body = aConfigMap(large, 500_000);
    await client.send({ method: "POST", path: CONFIG_MAPS, headers: JSON_BODY, body });
    const path = `${CONFIG_MAPS}/${large}`;
    const plain = await client.send({ path });
    const small = await client.send({ path, headers: { "accept-encoding": "gzip" } });
    expect(plain.headers["content-encoding"]).toBeUndefined();
    expect(small.headers["content-encoding"]).toBe("gzip");
    expect(small.bytes.length).toBeLessThan(plain.bytes.length / 10);
    expect(gunzipSync(small.bytes).equals(plain.bytes)).toBe(true);
  });

  test("many large answers are on their way at once", async () => {
    const largest = `${name}-largest`;
    const body = aConfigMap(largest, 1_000_000);
    await client.send({ method: "POST", path: CONFIG_MAPS, headers: JSON_BODY, body });
    const gets = Array.from({ length: 40 }, () => client.send({ path: `${CONFIG_MAPS}/${largest}` }));
    const sizes = (await Promise.all(gets)).map(({ bytes }) => bytes.length > body.length);
    expect(sizes).toEqual(gets.map(() => true));
    await client.send({ method: "DELETE", path: `${CONFIG_MAPS}/${largest}` });
  });

  test("many requests are answered at once", async () => {
    const paths = Array.from({ length: 50 }, (_, index) => (index % 2 === 0 ? "/version" : "/readyz"));
    const answers = await Promise.all(paths.map((path) => client.send({ path })));
    expect(answers.map(({ status }) => status)).toEqual(paths.map(() => 200));
  });
});

describe("a connection of HTTP/1.1", () => {
  async function exchange(request: string): Promise<string> {
    const socket = connect({
      port: server.port,
      host: "127.0.0.1",
      ca: server.pki.authorities["server-ca"],
      ALPNProtocols: ["http/1.1"],
    });
    await once(socket, "secureConnect");
    socket.end(request);
    const chunks: Buffer[] = [];
    for await (const chunk of socket as AsyncIterable<Buffer>) chunks.push(chunk);
    return Buffer.concat(chunks).toString();
  }

  test("is closed when the client wants that", async () => {
    const answer = await exchange("GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    expect(answer).toStartWith("HTTP/1.1 200 OK\r\n");
    expect(answer.toLowerCase()).toContain("connection: close\r\n");
    expect(answer).toEndWith("\r\n\r\nok");
  });

  test("answers nonsense with a bad request", async () => {
    expect(await exchange("nonsense\r\n\r\n")).toStartWith("HTTP/1.1 400 Bad Request\r\n");
    expect((await server.connect().send({ path: "/readyz" })).status).toBe(200);
  });
});

test("a whole answer over HTTP/2 ends with its last frame of data", async () => {
  const [port, ca] = [server.port, server.pki.authorities["server-ca"]];
  const client = await RawHttp2.open({ port, host: "127.0.0.1", ca });
  const frames = framesOf(client, 1);
  await client.send(frame("HEADERS", END_STREAM | END_HEADERS, 1, headerBlock("GET", "/readyz")));
  expect(await frames).toEqual(["HEADERS", "DATA end"]);
});
