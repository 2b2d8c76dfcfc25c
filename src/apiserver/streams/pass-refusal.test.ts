import { describe, expect, test } from "bun:test";
import { once } from "node:events";
import { type Duplex, duplexPair } from "node:stream";
import { FakeClock } from "#testing/fake-clock.ts";
import { passRefusal } from "./pass-refusal.ts";

const HEAD = "HTTP/1.1 403 Forbidden\r\nConnection: keep-alive\r\n";

function passed(head: string, rest = "") {
  const clock = new FakeClock();
  const [client, clientSide] = duplexPair();
  const [backend, backendSide] = duplexPair();
  const response = { code: 403, head: Buffer.from(`${HEAD}${head}\r\n`), rest: Buffer.from(rest) };
  passRefusal(response, backendSide, clientSide, clock);
  return { client, backend, backendSide, clientSide, clock };
}

async function read(stream: Duplex): Promise<string> {
  let text = "";
  for await (const chunk of stream as AsyncIterable<Buffer>) text += chunk.toString();
  return text;
}

describe("passRefusal", () => {
  test("ends with what the backend has announced", async () => {
    const { client, backend, backendSide } = passed("Content-Length: 9\r\n", "for");
    backend.write("bidden and more");
    expect(await read(client)).toEndWith("\r\n\r\nforbidden and more");
    expect(backendSide.destroyed).toBe(true);
  });

  test("ends at once when everything is there", async () => {
    const { client, backendSide } = passed("Content-Length: 2\r\n", "no");
    expect(await read(client)).toEndWith("\r\n\r\nno");
    expect(backendSide.destroyed).toBe(true);
  });

  test("ends with the backend's connection", async () => {
    const { client, backend } = passed("", "n");
    backend.end("o");
    expect(await read(client)).toEndWith("\r\n\r\nno");
  });

  test("ends after a while when the backend keeps its connection", async () => {
    const { client, backend, clock } = passed("Transfer-Encoding: chunked\r\n");
    backend.write("2\r\nno\r\n0\r\n\r\n");
    await new Promise(setImmediate);
    await clock.advance(10_000);
    expect(await read(client)).toEndWith("\r\n\r\n2\r\nno\r\n0\r\n\r\n");
  });

  test("brings nothing of the client to the backend", async () => {
    const { client, backend, backendSide, clock } = passed("Transfer-Encoding: chunked\r\n");
    client.write("GET /secrets HTTP/1.1\r\n\r\n");
    await new Promise(setImmediate);
    expect(backend.readableLength).toBe(0);
    await clock.advance(10_000);
    expect(await read(backend)).toBe("");
    expect(backendSide.destroyed).toBe(true);
  });

  test("ends with the client", async () => {
    const { clientSide, backendSide } = passed("");
    clientSide.destroy();
    await once(clientSide, "close");
    expect(backendSide.destroyed).toBe(true);
  });
});
