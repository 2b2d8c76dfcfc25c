import { describe, expect, test } from "bun:test";
import { Readable } from "node:stream";
import { gunzipSync } from "node:zlib";
import { Exchange } from "#https/exchange.ts";
import { LazyDocument } from "./lazy-document.ts";

function asking(headers: Record<string, string> = {}): Exchange {
  return new Exchange({
    method: "GET",
    url: "/openapi/v2",
    headers,
    peer: { address: "192.0.2.1" },
    requestId: "id",
    body: Readable.from([]),
  });
}

describe("LazyDocument", () => {
  test("is made once, for all who ask", async () => {
    let made = 0;
    const document = new LazyDocument(() => {
      made += 1;
      return ["{}"];
    });
    expect(made).toBe(0);
    await Promise.all([document.answer(asking(), {}), document.answer(asking(), {})]);
    expect(made).toBe(1);
  });

  test("goes out compressed to those who understand that", async () => {
    const document = new LazyDocument(() => ["{", Buffer.from("}")]);
    const plain = await document.answer(asking(), { etag: "a" });
    const small = await document.answer(asking({ "accept-encoding": "gzip" }), { etag: "a" });
    expect([plain.fields, Buffer.from(plain.content as Uint8Array).toString()]).toEqual([
      { etag: "a" },
      "{}",
    ]);
    expect(small.fields).toEqual({ etag: "a", "content-encoding": "gzip", vary: "Accept, Accept-Encoding" });
    expect(gunzipSync(small.content as Uint8Array).toString()).toBe("{}");
  });

  test("is not sent again to those who have it, and need not be made for that when its hash is known", async () => {
    const document = new LazyDocument(() => ["{}"]);
    const { fields } = await document.answer(asking(), { "content-type": "application/json" });
    const etag = String(fields["etag"]);
    expect(etag).toMatch(/^"[0-9A-F]{128}"$/);
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`, "*"]) {
      const again = await document.answer(asking({ "if-none-match": known }), { "content-type": "a" });
      expect([again.code, again.fields], known).toEqual([304, { etag }]);
    }
    const failing = new LazyDocument(() => {
      throw new Error("made");
    });
    const { code } = await failing.answer(asking({ "if-none-match": '"a"' }), { etag: '"a"' });
    expect(code).toBe(304);
  });

  test("is made again after a failure", async () => {
    let attempts = 0;
    const document = new LazyDocument(async function* () {
      yield "{";
      attempts += 1;
      if (attempts === 1) throw new Error("disk");
      yield "}";
    });
    await expect(document.answer(asking(), {})).rejects.toThrow("disk");
    const again = await document.answer(asking(), {});
    expect(Buffer.from(again.content as Uint8Array).toString()).toBe("{}");
  });

  test("lets others have their turn while it is made", async () => {
    let turns = 0;
    const document = new LazyDocument(function* () {
      for (let piece = 0; piece < 20; piece += 1) {
        setImmediate(() => void (turns += 1));
        yield String(turns);
      }
    });
    const answer = await document.answer(asking(), {});
    expect(Buffer.from(answer.content as Uint8Array).toString()).toStartWith("012345");
  });
});
