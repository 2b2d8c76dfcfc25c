import { describe, expect, test } from "bun:test";
import { type Duplex, duplexPair } from "node:stream";
import { forwardPort } from "./forward-port.ts";
import { requestedPorts } from "./websocket-port-forward.ts";

describe("requestedPorts", () => {
  test.each([
    ["port=80", [80]],
    ["port=80,443&port=8080", [80, 443, 8080]],
  ])("%s", (query, want) => expect(requestedPorts(new URLSearchParams(query))).toEqual(want));

  test.each([
    ["", 'query parameter "port" is required'],
    ["port=", 'query parameter "port" cannot be empty'],
    ["port=0", 'port "0" must be > 0'],
    [
      "port=65536",
      'unable to parse "65536" as a port: strconv.ParseUint: parsing "65536": value out of range',
    ],
    ["port=http", 'unable to parse "http" as a port: strconv.ParseUint: parsing "http": invalid syntax'],
  ])("%j is refused: %s", (query, message) => {
    expect(() => requestedPorts(new URLSearchParams(query))).toThrow(message);
  });
});

async function text(stream: Duplex): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>)
    chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

describe("forwardPort", () => {
  test("lets the client end before the server answers", async () => {
    const [client, clientEnd] = duplexPair();
    const [connection, server] = duplexPair();
    const forwarded = forwardPort(80, { from: client, to: client, canHalfClose: true }, () =>
      Promise.resolve(connection),
    );
    clientEnd.end("question");
    expect(await text(server)).toBe("question");
    server.end("answer");
    expect(await text(clientEnd)).toBe("answer");
    await forwarded;
    expect(connection.destroyed).toBe(true);
  });

  test("fails when nobody listens", async () => {
    const [client] = duplexPair();
    const refused = Promise.reject(new Error("connect: connection refused"));
    await expect(
      forwardPort(80, { from: client, to: client, canHalfClose: true }, () => refused),
    ).rejects.toThrow("connect: connection refused");
  });
});
