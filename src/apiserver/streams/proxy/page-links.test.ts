import { describe, expect, test } from "bun:test";
import { deflateRawSync, gunzipSync, gzipSync, inflateRawSync } from "node:zlib";
import fc from "fast-check";
import { rewriteLinks } from "./page-links.ts";

const page = { prefix: "/proxy", backend: "10.42.0.5:80", host: "localhost:8001" };

async function* inPieces(content: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < content.length; start += size) yield content.subarray(start, start + size);
}

async function rewrite(content: Uint8Array, { encoding = "", size = 1000 } = {}): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(rewriteLinks(inPieces(content, size), encoding, page)));
}

const rewriteText = async (html: string, size?: number): Promise<string> =>
  (await rewrite(Buffer.from(html), size === undefined ? {} : { size })).toString();

const LINKED = '<!DOCTYPE html><pre><a href="kubelet.log">k</a><a href="/google.log">ä</a></pre>';
const LED = '<!DOCTYPE html><pre><a href="kubelet.log">k</a><a href="/proxy/google.log">ä</a></pre>';

describe("rewriteLinks", () => {
  test.each([
    ["a page", LINKED, LED],
    ["an image that closes itself", '<img src="/a.jpg"/>', '<img src="/proxy/a.jpg" />'],
    [
      "several attributes",
      '<input src=/a usemap="#b" formaction=/c>',
      '<input src="/proxy/a" usemap="#b" formaction="/proxy/c">',
    ],
    ["upper case", "<A HREF=/a>x</A>", '<A HREF="/proxy/a">x</A>'],
    ["quotes and entities", `<a href='/a?b="c"&amp;d'>`, '<a href="/proxy/a?b=&quot;c&quot;&amp;d">'],
    [
      "another host",
      '<script src="http://google.com/k.js"></script>',
      '<script src="http://google.com/k.js"></script>',
    ],
    ["the host of the backend", '<link href="http://10.42.0.5:80/a.css">', '<link href="/proxy/a.css">'],
    ["attributes that are no links", '<p title="/a" href="/b">', '<p title="/a" href="/b">'],
    ["texts of scripts", '<script>x = "<a href=/a>";</script>', '<script>x = "<a href=/a>";</script>'],
    ["comments", "<!-- <a href=/a> -->", "<!-- <a href=/a> -->"],
    ["what is no URL", '<a href="/%zz">', '<a href="/%zz">'],
    ["a tag without an end", '<a href="/a', '<a href="/a'],
  ])("reads %s", async (_name, html, want) => expect(await rewriteText(html)).toBe(want));

  test("reads a page however it is cut", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: LINKED.length }), async (size) => {
        expect(await rewriteText(LINKED, size)).toBe(LED);
      }),
    );
  });

  test("leaves bytes that are no UTF-8 as they are", async () => {
    const latin = Buffer.from("<title>caf\xe9</title><a href=/a>\xff\xfe</a>", "latin1");
    expect((await rewrite(latin)).toString("latin1")).toBe(
      '<title>caf\xe9</title><a href="/proxy/a">\xff\xfe</a>',
    );
  });

  test.each([
    ["gzip", gzipSync, gunzipSync],
    ["deflate", deflateRawSync, inflateRawSync],
  ] as const)("reads through %s", async (encoding, pack, unpack) => {
    const packed = await rewrite(pack(LINKED), { encoding, size: 7 });
    expect(unpack(packed).toString()).toBe(LED);
  });

  test("leaves encodings alone that nobody understands", async () => {
    expect((await rewrite(Buffer.from(LINKED), { encoding: "br" })).toString()).toBe(LINKED);
  });

  test("fails with its source, and for what is not packed as it says", async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield Buffer.from("<p>");
      throw new Error("reset");
    }
    await expect(Array.fromAsync(rewriteLinks(broken(), "", page))).rejects.toThrow("reset");
    await expect(rewrite(Buffer.from(LINKED), { encoding: "gzip" })).rejects.toThrow();
  });

  test("does not wait for the end of a tag for ever", async () => {
    let taken = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('<a href="');
      for (;;) {
        taken += 100_000;
        yield Buffer.alloc(100_000, "a");
      }
    }
    await expect(Array.fromAsync(rewriteLinks(endless(), "", page))).rejects.toThrow("too long");
    expect(taken).toBeLessThan(2_000_000);
  });

  test.each(["", "gzip"])(
    "takes no more of its source than is read, and lets go of it (%p)",
    async (encoding) => {
      const seen = { taken: 0, isClosed: false };
      async function* source(): AsyncGenerator<Uint8Array> {
        try {
          const piece = Buffer.from(`<p>${crypto.getRandomValues(Buffer.alloc(20_000)).toString("base64")}`);
          for (; seen.taken < 1000; seen.taken += 1) yield encoding === "" ? piece : gzipSync(piece);
        } finally {
          seen.isClosed = true;
        }
      }
      for await (const _piece of rewriteLinks(source(), encoding, page)) break;
      expect(seen.taken).toBeLessThan(50);
      while (!seen.isClosed) await new Promise(setImmediate);
    },
  );
});
