import { describe, expect, test } from "bun:test";
import { Readable } from "node:stream";
import { Exchange } from "./exchange.ts";
import { MAX_BODY_BYTES } from "./read-body.ts";

function anExchange(changes: Partial<ConstructorParameters<typeof Exchange>[0]> = {}): Exchange {
  return new Exchange({
    method: "GET",
    url: "/",
    headers: {},
    peer: { address: "192.0.2.1" },
    requestId: "id",
    body: Readable.from([]),
    ...changes,
  });
}

describe("Exchange", () => {
  const urls: { url: string; path: string; query: string }[] = [
    { url: "/api/v1/pods", path: "/api/v1/pods", query: "" },
    { url: "/a?b=c&d=%20?", path: "/a", query: "b=c&d=+%3F" },
    { url: "/a%2Fb%3f", path: "/a/b?", query: "" },
  ];
  test.each(urls)("reads $url", ({ url, path, query }) => {
    const exchange = anExchange({ url });
    expect([exchange.path, exchange.query.toString()]).toEqual([path, query]);
  });

  test("tells the lines of a header apart that Node puts together", () => {
    const headers = { "x-group": "a, b", other: "c" };
    const rawHeaders = ["X-Group", "a", "Other", "c", "x-group", "b"];
    expect(anExchange({ headers, rawHeaders }).headerLines("x-")).toEqual([
      ["x-group", "a"],
      ["x-group", "b"],
    ]);
    expect(anExchange({ headers }).headerLines("x-")).toEqual([["x-group", "a, b"]]);
    expect(anExchange({ headers, rawHeaders }).headerLines("y-")).toEqual([]);
  });

  test("forgets headers, however they are asked for", () => {
    const headers = { "x-user": "a", other: "c" };
    const exchange = anExchange({ headers, rawHeaders: ["X-User", "a", "Other", "x-user"] });
    exchange.dropHeaders((name) => name === "x-user");
    expect(exchange.header("x-user")).toBeUndefined();
    expect(exchange.headers).toEqual({ other: "c" });
    expect(exchange.headerLines("")).toEqual([["other", "x-user"]]);
  });

  test("refuses a broken percent-encoding", () => {
    expect(() => anExchange({ url: "/%zz" })).toThrow(URIError);
  });

  test("reads a body of several chunks", async () => {
    const body = Readable.from([Buffer.from("a"), Buffer.from("b")]);
    expect((await anExchange({ body }).readBody()).toString()).toBe("ab");
    expect((await anExchange().readBody()).length).toBe(0);
  });

  test("refuses a body that is too large, announced or not", async () => {
    const message = `Request entity too large: limit is ${String(MAX_BODY_BYTES)}`;
    const headers = { "content-length": String(MAX_BODY_BYTES + 1) };
    await expect(anExchange({ headers }).readBody()).rejects.toThrow(message);
    const body = Readable.from([Buffer.alloc(MAX_BODY_BYTES), Buffer.from("x"), Buffer.from("y")]);
    await expect(anExchange({ body }).readBody()).rejects.toThrow(message);
    expect(body.destroyed).toBe(false);
  });

  test("tells once that it is finished, also those who ask late", () => {
    const exchange = anExchange();
    let calls = 0;
    const count = (): void => {
      calls += 1;
    };
    exchange.onFinished(count);
    exchange.finish();
    exchange.finish();
    expect([calls, exchange.isFinished]).toEqual([1, true]);
    exchange.onFinished(count);
    expect(calls).toBe(2);
  });
});
