import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { WatchEvent } from "#apimachinery/meta.ts";
import { isNotFound, notFound } from "#apimachinery/status-error.ts";
import { ConnectionError, connectionError, unavailable } from "./connection-error.ts";
import { decodeResponse, decodeWatch, failureOf, parseWarnings } from "./decode-response.ts";
import { retryDelayMs } from "./retry.ts";

describe("decodeResponse", () => {
  test("gives the items of a list the types that only the list names", () => {
    const body = JSON.stringify({
      apiVersion: "apps/v1",
      kind: "ReplicaSetList",
      metadata: {},
      items: [{ metadata: { name: "a" } }],
    });
    const response = decodeResponse("list", { status: 200, body, warnings: [] });
    expect(response).toMatchObject({
      type: "list",
      list: { items: [{ apiVersion: "apps/v1", kind: "ReplicaSet", metadata: { name: "a" } }] },
    });
  });

  test("freezes objects and passes warnings on", () => {
    const body = JSON.stringify({ kind: "Pod", metadata: { labels: {} } });
    const response = decodeResponse("create", { status: 201, body, warnings: ["old"] });
    expect(response).toMatchObject({ type: "object", code: 201, warnings: ["old"] });
    expect(response.type === "object" && Object.isFrozen(response.object.metadata.labels)).toBeTrue();
  });
});

describe("failureOf", () => {
  test("is the Status that the server sent", () => {
    const { status } = notFound({ group: "", resource: "pods" }, "web");
    const error = failureOf(404, "GET", JSON.stringify(status));
    expect(isNotFound(error)).toBeTrue();
    expect(error.message).toBe('pods "web" not found');
  });

  test("says what an answer means that no API server gave", () => {
    const error = failureOf(502, "GET", "<html>bad gateway</html>");
    expect(error.status.code).toBe(502);
    expect(error.status.details?.causes?.[0]?.message).toBe("<html>bad gateway</html>");
  });

  test("takes a conflict over something new for one with what is there", () => {
    expect(["POST", "PUT"].map((method) => failureOf(409, method, "").status.reason)).toEqual([
      "AlreadyExists",
      "Conflict",
    ]);
  });
});

test.each([
  { header: undefined, want: [] },
  { header: '299 - "v1 Endpoints is deprecated"', want: ["v1 Endpoints is deprecated"] },
  { header: '299 - "one \\"quoted\\"", 299 kube "two"', want: ['one "quoted"', "two"] },
  { header: "garbage", want: [] },
])("parseWarnings reads $header", ({ header, want }) => {
  expect(parseWarnings(header)).toEqual(want);
});

describe("decodeWatch", () => {
  const events: WatchEvent[] = ["ä", "b", "c"].map((name) => ({
    type: "ADDED",
    object: { apiVersion: "v1", kind: "Pod", metadata: { name, uid: name } },
  }));
  const bytes = new TextEncoder().encode(events.map((event) => `${JSON.stringify(event)}\n`).join(""));

  test("gives the same events however the bytes are cut", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(bytes.length), { maxLength: 8 }), async (cuts) => {
        const ends = [0, ...cuts, bytes.length].toSorted((a, b) => a - b);
        const chunks = ends.slice(1).map((end, index) => bytes.slice(ends[index], end));
        const batches = await Array.fromAsync(decodeWatch(stream(chunks)));
        expect(batches.flat()).toEqual(events);
      }),
    );
  });

  test("gives what arrives together as one batch", async () => {
    expect(await Array.fromAsync(decodeWatch(stream([bytes])))).toHaveLength(1);
  });

  test("notices an end in the middle of an event", async () => {
    await expect(Array.fromAsync(decodeWatch(stream([bytes.slice(0, 10)])))).rejects.toThrow(SyntaxError);
  });
});

describe("retryDelayMs", () => {
  const lost = new ConnectionError({ code: "lost" }, "EOF");
  const refused = new ConnectionError({ code: "unreachable" }, "refused");
  const cases: {
    name: string;
    method: string;
    retries: number;
    attempt: Parameters<typeof retryDelayMs>[2];
    want: number | undefined;
  }[] = [
    {
      name: "success",
      method: "GET",
      retries: 0,
      attempt: { status: 200, retryAfter: "1" },
      want: undefined,
    },
    { name: "throttling", method: "POST", retries: 0, attempt: { status: 429, retryAfter: "2" }, want: 2000 },
    {
      name: "throttling without a time",
      method: "GET",
      retries: 0,
      attempt: { status: 429, retryAfter: undefined },
      want: undefined,
    },
    {
      name: "unavailability with a time",
      method: "PUT",
      retries: 3,
      attempt: { status: 503, retryAfter: "1" },
      want: 1000,
    },
    {
      name: "the tenth throttling",
      method: "GET",
      retries: 10,
      attempt: { status: 429, retryAfter: "1" },
      want: undefined,
    },
    {
      name: "a date as time",
      method: "GET",
      retries: 0,
      attempt: { status: 503, retryAfter: "Fri, 31 Dec 1999" },
      want: undefined,
    },
    {
      name: "a conflict",
      method: "PUT",
      retries: 0,
      attempt: { status: 409, retryAfter: "1" },
      want: undefined,
    },
    { name: "a lost read", method: "GET", retries: 0, attempt: { error: lost }, want: 1000 },
    { name: "a lost write", method: "POST", retries: 0, attempt: { error: lost }, want: undefined },
    { name: "a refused read", method: "GET", retries: 0, attempt: { error: refused }, want: undefined },
  ];
  test.each(cases)("after $name waits $want", ({ method, retries, attempt, want }) => {
    expect(retryDelayMs(method, retries, attempt)).toBe(want);
  });
});

test("failures below HTTP read as they do in Go", () => {
  const refused = Object.assign(new Error("connect ECONNREFUSED 127.0.0.1:1"), { code: "ECONNREFUSED" });
  const error = unavailable(
    "GET",
    "https://127.0.0.1:1/api/v1/nodes",
    connectionError(refused, "127.0.0.1:1", false),
  );
  expect(error.message).toBe(
    'Get "https://127.0.0.1:1/api/v1/nodes": dial tcp 127.0.0.1:1: connect: connection refused',
  );
  const reset = Object.assign(new Error("reset"), { code: "ECONNRESET" });
  expect(connectionError(reset, "h", true).detail.code).toBe("lost");
  expect(connectionError(reset, "h", false).detail.code).toBe("unreachable");
});

async function* stream(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array, void, void> {
  for (const chunk of chunks) yield await Promise.resolve(chunk);
}
