import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { once } from "node:events";
import { connect as connectPlain, type Socket } from "node:net";
import { connect, type TLSSocket } from "node:tls";
import { gzipSync } from "node:zlib";
import type { Status } from "#apimachinery/generated/meta-v1.ts";
import { FakeClock } from "#testing/fake-clock.ts";
import { until } from "../until.ts";
import type { Protocol } from "./http-client.ts";
import {
  CANCEL,
  END_HEADERS,
  END_STREAM,
  frame,
  headerBlock,
  RawHttp2,
  unknownHeader,
} from "./http2-frames.ts";
import { startTestServer, type TestServer } from "./server.ts";

const CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";
const PROTOCOLS = ["h2", "http/1.1"] satisfies Protocol[];

let server: TestServer;
let clock: FakeClock;
beforeAll(async () => {
  clock = new FakeClock(Date.now());
  server = await startTestServer({ clock });
});
afterAll(() => server[Symbol.asyncDispose]());

function tlsOptions() {
  const { certificate: cert, key } = server.pki.credentials["client-admin"];
  return { host: "127.0.0.1", port: server.port, ca: server.pki.authorities["server-ca"], cert, key };
}

/** A connection of HTTP/1.1 on which anything can be said, and what has been answered. */
class RawHttp1 {
  text = "";
  isClosed = false;
  readonly socket: TLSSocket;

  private constructor(socket: TLSSocket) {
    this.socket = socket;
    socket.on("data", (chunk: Buffer) => {
      this.text += chunk.toString("latin1");
    });
    socket.on("error", () => undefined);
    socket.on("close", () => {
      this.isClosed = true;
    });
  }

  static async open(): Promise<RawHttp1> {
    const socket = connect({ ...tlsOptions(), ALPNProtocols: ["http/1.1"] });
    await once(socket, "secureConnect");
    return new RawHttp1(socket);
  }
}

async function isServed(): Promise<void> {
  expect((await server.connect().send({ path: "/version" })).status).toBe(200);
}

describe("a connection is closed", () => {
  test("on which nobody agrees on TLS", async () => {
    const socket: Socket = connectPlain(server.port, "127.0.0.1");
    const closed = once(socket, "close");
    socket.on("error", () => undefined);
    await once(socket, "connect");
    await isServed();
    await clock.advance(40_000);
    await closed;
  });

  test("on which the head of a request does not end", async () => {
    const client = await RawHttp1.open();
    client.socket.write("GET /version HTTP/1.1\r\nHost: localhost\r\n\r\n");
    await until(() => client.text.includes("gitVersion"));
    client.socket.write("GET /version HTTP/1.1\r\nX-A:");
    await isServed();
    await clock.advance(30_000);
    expect(client.isClosed).toBe(false);
    await clock.advance(15_000);
    await until(() => client.isClosed);
  });

  test.each(PROTOCOLS)(
    "over %s on which nothing is asked for, but not one with a watch",
    async (protocol) => {
      const watching = server.connect({ protocol });
      const { body } = await watching.open({ path: `${CONFIG_MAPS}?watch=1&timeoutSeconds=1000` });
      const idle = protocol === "h2" ? await RawHttp2.open(tlsOptions()) : await RawHttp1.open();
      const closed = once(idle.socket, "close");
      await clock.advance(100_000);
      await closed;
      expect(body.destroyed).toBe(false);
      body.destroy();
    },
  );

  const more = "{".repeat(500_000);
  const unwanted = [
    {
      name: "of a length that is too much",
      path: CONFIG_MAPS,
      head: "Content-Length: 100000000",
      pieces: ["{", more],
      code: 413,
    },
    {
      name: "in chunks",
      path: "/nowhere",
      head: "Transfer-Encoding: chunked",
      pieces: ["1\r\n{\r\n", `7A120\r\n${more}\r\n`],
      code: 404,
    },
  ];
  test.each(unwanted)(
    "on which a body $name comes that nobody wants, but not at once",
    async ({ path, head, pieces: [first = "", second = ""], code }) => {
      const client = await RawHttp1.open();
      client.socket.write(
        `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n${head}\r\n\r\n${first}`,
      );
      await until(() => client.text.includes("\r\n\r\n"));
      expect(client.text).toStartWith(`HTTP/1.1 ${String(code)} `);
      expect(client.text.toLowerCase()).toContain("\r\nconnection: close\r\n");
      // The rest of the body is taken for a while, so that its sender comes to read the answer.
      client.socket.write(second);
      await isServed();
      expect(client.isClosed).toBe(false);
      await clock.advance(600);
      await until(() => client.isClosed);
    },
  );
});

describe("the time of a request", () => {
  test("is over for a body that does not come, and nothing is written", async () => {
    const client = await RawHttp1.open();
    client.socket.write(
      `POST ${CONFIG_MAPS}?timeout=5s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"metadata":{`,
    );
    await isServed();
    await clock.advance(7000);
    await until(() => client.text.includes("\r\n\r\n"));
    expect(client.text).toMatch(/^HTTP\/1\.1 504 /);
    await clock.advance(100_000);
    await until(() => client.isClosed);
    expect((await server.client.list("ConfigMap", { namespace: "default" })).items).toEqual([]);
  });

  test.each(PROTOCOLS)("is over for an answer over %s that is not taken", async (protocol) => {
    const names = Array.from({ length: 24 }, (_, index) => `large-${protocol.slice(0, 2)}-${String(index)}`);
    const data = { text: "x".repeat(1_000_000) };
    for (const name of names) {
      await server.client.create("ConfigMap", {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name, namespace: "kube-public" },
        data,
      });
    }
    const { status, body } = await server
      .connect({ protocol })
      .open({ path: "/api/v1/namespaces/kube-public/configmaps" });
    expect(status).toBe(200);
    await isServed();
    await clock.advance(62_000);
    await expect(Array.fromAsync(body)).rejects.toThrow();
    for (const name of names) await server.client.delete("ConfigMap", { namespace: "kube-public", name });
  });
});

describe("HTTP/2 is not open to", () => {
  const get = headerBlock("GET", CONFIG_MAPS);

  /** Sends until the server has had enough. */
  async function flood(client: RawHttp2, frames: (round: number) => readonly Uint8Array[]): Promise<void> {
    for (let round = 0; round < 2000; round += 1) {
      if (!(await client.send(...frames(round)))) return;
    }
    throw new Error("The server takes everything");
  }

  test("streams that are opened and reset (CVE-2023-44487)", async () => {
    const client = await RawHttp2.open(tlsOptions());
    await flood(client, (round) => {
      const streams = Array.from({ length: 50 }, (_, index) => 2 * (round * 50 + index) + 1);
      return streams.flatMap((stream) => [
        frame("HEADERS", END_STREAM | END_HEADERS, stream, get),
        frame("RST_STREAM", 0, stream, CANCEL),
      ]);
    });
    await until(() => client.socket.destroyed);
    await isServed();
  }, 30_000);

  test("a head that never ends (CVE-2024-27316)", async () => {
    const client = await RawHttp2.open(tlsOptions());
    await client.send(frame("HEADERS", END_STREAM, 1, get));
    const headers = Array.from({ length: 100 }, (_, index) =>
      unknownHeader(`x-${String(index)}`, "y".repeat(100)),
    );
    await flood(client, () => [frame("CONTINUATION", 0, 1, Buffer.concat(headers))]);
    await until(() => client.socket.destroyed);
    await isServed();
  });

  const frames = [
    { name: "pings without end", each: frame("PING", 0, 0, Buffer.alloc(8)) },
    { name: "settings without end", each: frame("SETTINGS", 0, 0, Buffer.from([0, 4, 0, 0, 255, 255])) },
    { name: "empty pieces of a body", each: frame("DATA", 0, 1) },
  ];
  test.each(frames)("$name", async ({ each }) => {
    const client = await RawHttp2.open(tlsOptions());
    await client.send(frame("HEADERS", END_HEADERS, 1, headerBlock("POST", CONFIG_MAPS)));
    client.socket.pause();
    await flood(client, () => Array.from({ length: 500 }, () => each));
    await isServed();
  });
});

describe("what is compressed", () => {
  test("is not taken for a body", async () => {
    const body = gzipSync(JSON.stringify({ metadata: { name: "bomb" } }));
    const headers = { "content-type": "application/json", "content-encoding": "gzip" };
    const answer = await server.connect().send({ method: "POST", path: CONFIG_MAPS, headers, body });
    expect(answer.json<Status>()).toMatchObject({
      code: 400,
      reason: "BadRequest",
      message: expect.stringMatching(
        /json parse error: invalid character '\\x1f' looking for beginning of value \(1f8b/,
      ),
    });
  });
});

test.each(PROTOCOLS)("the head of a request over %s may be long, but not endless", async (protocol) => {
  const client = server.connect({ protocol });
  const ask = async (bytes: number): Promise<number | string> => {
    const path = `/version?${"y".repeat(bytes)}`;
    return await client.send({ path }).then(
      ({ status }) => status,
      () => "refused",
    );
  };
  expect(await ask(50_000)).toBe(200);
  if (protocol === "http/1.1") expect(await ask(900_000)).toBe(200);
  expect(await ask(2_000_000)).toBeOneOf([431, "refused"]);
  await isServed();
});
