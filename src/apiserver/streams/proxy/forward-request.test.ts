import { describe, expect, test } from "bun:test";
import { type Duplex, duplexPair, Readable } from "node:stream";
import { forwardRequest } from "./forward-request.ts";

const headers = { host: "web", "x-many": ["a", "b"], "content-length": "4" };
const never = new AbortController().signal;
const post = () => ({ method: "POST", path: "/a//b?c=%20", headers, body: Readable.from(["bo", "dy"]) });

async function readUntil(stream: Duplex, end: string): Promise<string> {
  let text = "";
  for await (const chunk of stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    text += chunk.toString();
    if (text.endsWith(end)) break;
  }
  return text;
}

async function textOf(content: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of content) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

describe("forwardRequest", () => {
  test("sends the request as it is and gives the answer as it comes", async () => {
    const [near, far] = duplexPair();
    const answer = forwardRequest(near, post(), never);
    const sent = await readUntil(far, "body");
    expect(sent).toStartWith("POST /a//b?c=%20 HTTP/1.1\r\n");
    far.end("HTTP/1.1 201 Created\r\nSet-Cookie: a\r\nSet-Cookie: b\r\nContent-Length: 5\r\n\r\nhello");
    const { code, rawHeaders, content } = await answer;
    expect({ code, rawHeaders, text: await textOf(content) }).toEqual({
      code: 201,
      rawHeaders: ["Set-Cookie", "a", "Set-Cookie", "b", "Content-Length", "5"],
      text: "hello",
    });
    expect(near.destroyed).toBe(true);
  });

  test("fails when the connection ends before the answer", async () => {
    const [near, far] = duplexPair();
    const answer = forwardRequest(near, post(), never);
    await readUntil(far, "body");
    far.end();
    await expect(answer).rejects.toThrow();
    expect(near.destroyed).toBe(true);
  });

  test("closes the connection when the answer is given up", async () => {
    const [near, far] = duplexPair();
    const answer = forwardRequest(
      near,
      { ...post(), method: "GET", headers: {}, body: Readable.from([]) },
      never,
    );
    await readUntil(far, "\r\n\r\n");
    far.write("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello");
    for await (const _piece of (await answer).content) break;
    expect(near.destroyed).toBe(true);
  });
});
