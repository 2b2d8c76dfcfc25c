import { describe, expect, test } from "bun:test";
import { once } from "node:events";
import { type Duplex, duplexPair } from "node:stream";
import { joinConnections, requestUpgrade } from "./upgrade-proxy.ts";

const request = {
  method: "POST",
  path: "/exec/default/web/app?command=ls",
  headers: { host: "kubelet", connection: "Upgrade", upgrade: "websocket", "x-many": ["a", "b"] },
};
const never = new AbortController().signal;

async function readText(stream: Duplex): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

describe("requestUpgrade", () => {
  test("asks with the headers that it is given", async () => {
    const [near, far] = duplexPair();
    const response = requestUpgrade(near, request, never);
    far.end("HTTP/1.1 101 Switching Protocols\r\n\r\n");
    await response;
    near.end();
    expect(await readText(far)).toBe(
      "POST /exec/default/web/app?command=ls HTTP/1.1\r\n" +
        "host: kubelet\r\nconnection: Upgrade\r\nupgrade: websocket\r\nx-many: a\r\nx-many: b\r\n\r\n",
    );
  });

  test("keeps what tells who the client is, or asks to be", async () => {
    const [near, far] = duplexPair();
    const personal = {
      authorization: "Bearer secret",
      "impersonate-user": "jane",
      "impersonate-extra-a": "b",
    };
    const headers = { ...request.headers, ...personal };
    const response = requestUpgrade(near, { ...request, headers }, never);
    far.end("HTTP/1.1 101 Switching Protocols\r\n\r\n");
    await response;
    near.end();
    expect(await readText(far)).not.toMatch(/authorization|impersonate|secret/i);
  });

  test("parts the head from what follows, however it is cut", async () => {
    const [near, far] = duplexPair();
    const response = requestUpgrade(near, request, never);
    for (const part of ["HTTP/1.1 10", "1 Switching Protocols\r\nupgrade: websocket\r", "\n\r", "\nabc"]) {
      far.write(part);
      await Promise.resolve();
    }
    const { code, head, rest } = await response;
    expect([code, head.toString(), rest.toString()]).toEqual([
      101,
      "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\n\r\n",
      "abc",
    ]);
  });

  test("fails when the connection ends too early", async () => {
    const [near, far] = duplexPair();
    const response = requestUpgrade(near, request, never);
    far.end("HTTP/1.1 101");
    await expect(response).rejects.toThrow("unexpected EOF");
  });

  test.each(["hello", "HTTP/2 200 OK", "HTTP/1.1 ok"])("fails for %j", async (line) => {
    const [near, far] = duplexPair();
    const response = requestUpgrade(near, request, never);
    far.end(`${line}\r\n\r\n`);
    await expect(response).rejects.toThrow(`malformed HTTP response "${line}"`);
  });

  test("fails when the head has no end", async () => {
    const [near, far] = duplexPair();
    const response = requestUpgrade(near, request, never);
    far.write("x".repeat(65 * 1024));
    await expect(response).rejects.toThrow("The answer to the upgrade has no end of its head");
  });

  test("ends with its signal", async () => {
    const [near] = duplexPair();
    const abort = new AbortController();
    const response = requestUpgrade(near, request, abort.signal);
    abort.abort(new Error("the client has gone"));
    await expect(response).rejects.toThrow("aborted");
  });
});

describe("joinConnections", () => {
  function joined() {
    const [client, clientSide] = duplexPair();
    const [server, serverSide] = duplexPair();
    joinConnections(clientSide, serverSide);
    return { client, clientSide, server, serverSide };
  }

  test("carries bytes both ways and closes both sides", async () => {
    const { client, clientSide, server, serverSide } = joined();
    client.write("question");
    server.once("data", (chunk: Buffer) => server.end(`answer to ${chunk.toString()}`));
    expect(await readText(client)).toBe("answer to question");
    await Promise.all([closed(clientSide), closed(serverSide)]);
  });

  test("delivers what came before the end to a slow reader", async () => {
    const { client, clientSide, server, serverSide } = joined();
    const large = "x".repeat(1_000_000);
    server.write(large);
    server.end(() => serverSide.destroy());
    await once(client, "readable");
    expect((await readText(client)).length).toBe(large.length);
    await closed(clientSide);
  });

  test("ends when a side breaks off", async () => {
    const { client, clientSide, serverSide } = joined();
    serverSide.destroy(new Error("connection reset"));
    expect(await readText(client)).toBe("");
    await closed(clientSide);
  });
});

async function closed(stream: Duplex): Promise<void> {
  if (!stream.closed) await once(stream, "close");
}
