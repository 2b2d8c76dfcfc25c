import { afterAll, beforeAll, expect, test } from "bun:test";
import { once } from "node:events";
import { connect as connectPlain } from "node:net";
import { connect, type TLSSocket } from "node:tls";
import { until } from "../until.ts";
import type { Protocol } from "./http-client.ts";
import { startTestServer, type TestServer } from "./server.ts";

const CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";
const WATCHES =
  /apiserver_longrunning_requests{verb="WATCH",group="",version="v1",resource="configmaps",.*} (\d+)/;
const IN_FLIGHT = /apiserver_current_inflight_requests{request_kind="mutating"} (\d+)/;
const CLIENTS = 20;

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

/** A connection of HTTP/1.1 on which anything can be said. */
async function openSocket(): Promise<TLSSocket> {
  const { certificate: cert, key } = server.pki.credentials["client-admin"];
  const ca = server.pki.authorities["server-ca"];
  const { port } = server;
  const socket = connect({ host: "127.0.0.1", port, ca, cert, key, ALPNProtocols: ["http/1.1"] });
  await once(socket, "secureConnect");
  return socket;
}

/** The value of the metric that the first group of a pattern matches. */
async function metric(pattern: RegExp): Promise<number> {
  const { text } = await server.connect().send({ path: "/metrics" });
  return Number(pattern.exec(text)?.[1] ?? 0);
}

test.each(["h2", "http/1.1"] satisfies Protocol[])(
  "watches over %s end with the connections of their clients",
  async (protocol) => {
    const clients = Array.from({ length: CLIENTS }, () => server.connect({ protocol }));
    await Promise.all(clients.map((client) => client.open({ path: `${CONFIG_MAPS}?watch=true` })));
    expect(await metric(WATCHES)).toBe(CLIENTS);
    await Promise.all(clients.map((client) => client[Symbol.asyncDispose]()));
    await until(async () => (await metric(WATCHES)) === 0);
  },
);

test("a client that is lost in the middle of its body changes nothing", async () => {
  const sockets = await Promise.all(Array.from({ length: CLIENTS }, openSocket));
  for (const socket of sockets) {
    socket.write(
      `POST ${CONFIG_MAPS} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"metadata":`,
    );
  }
  await until(async () => (await metric(IN_FLIGHT)) === CLIENTS);
  for (const socket of sockets) socket.destroy();
  await until(async () => (await metric(IN_FLIGHT)) === 0);
  const { items } = (await server.connect().send({ path: CONFIG_MAPS })).json<{ items: unknown[] }>();
  expect(items).toEqual([]);
  expect(server.logLines.filter((line) => line.includes("level=error"))).toEqual([]);
});

test("one who speaks no TLS is let go, and others are served", async () => {
  const socket = connectPlain(server.port, "127.0.0.1");
  socket.write("GET /version HTTP/1.1\r\nHost: localhost\r\n\r\n");
  socket.resume();
  await once(socket, "close");
  expect((await server.connect().send({ path: "/version" })).status).toBe(200);
});

test.each(["h2", "http/1.1"] satisfies Protocol[])("headers over %s have a limit", async (protocol) => {
  const client = server.connect({ protocol });
  const ask = async (bytes: number): Promise<number | string> => {
    try {
      return (await client.send({ path: "/version", headers: { "x-large": "y".repeat(bytes) } })).status;
    } catch {
      return "refused";
    }
  };
  expect(await ask(8_000)).toBe(200);
  expect(await ask(2_000_000)).toBeOneOf([431, "refused"]);
  expect((await server.connect({ protocol }).send({ path: "/version" })).status).toBe(200);
});

test("a client that never agrees on TLS does not keep the server from stopping", async () => {
  const stopping = await startTestServer();
  const client = connectPlain({ host: "127.0.0.1", port: stopping.port });
  await once(client, "connect");
  // An answer shows that the server has taken the connection before.
  await stopping.connect().send({ path: "/readyz" });
  await stopping[Symbol.asyncDispose]();
  client.destroy();
});
