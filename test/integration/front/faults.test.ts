import { describe, expect, test } from "bun:test";
import type { Status } from "#apimachinery/generated/meta-v1.ts";
import type { RequestPipeline } from "#apiserver/pipeline.ts";
import { ListenError } from "#https/listen-error.ts";
import { FakeClock } from "#testing/fake-clock.ts";
import { startTestServer } from "./server.ts";

const PATH = "/api/v1/namespaces/default";

const failing = (error: Error) => (): RequestPipeline => ({ handle: () => Promise.reject(error) });

describe("an unexpected error", () => {
  test("is answered with its message and logged in one line", async () => {
    await using server = await startTestServer({ intercept: failing(new TypeError("x is not a function")) });
    const answer = await server.connect().send({ path: PATH, headers: { "audit-id": "the-id" } });
    expect(answer.json<Status>()).toMatchObject({
      kind: "Status",
      status: "Failure",
      code: 500,
      message: "x is not a function",
    });
    const lines = server.logLines.filter((line) => line.includes("Request failed unexpectedly"));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain("the-id");
  });

  test("in a stream cuts the stream off", async () => {
    const events = async function* (): AsyncGenerator<never> {
      await Promise.reject(new TypeError("the stream has broken"));
      yield* [];
    };
    const intercept = (): RequestPipeline => ({
      handle: () => Promise.resolve({ type: "watch", events: events() }),
    });
    await using server = await startTestServer({ intercept });
    for (const protocol of ["h2", "http/1.1"] as const) {
      const watch = server.connect({ protocol }).send({ path: `${PATH}/configmaps?watch=true` });
      expect(await errorOf(watch)).toBeInstanceOf(Error);
    }
    expect(server.logLines.filter((line) => line.includes("the stream has broken"))).toHaveLength(2);
  });
});

describe("a request that takes too long", () => {
  const times: { name: string; query: string; ms: number }[] = [
    { name: "the server's", query: "", ms: 60_000 },
    { name: "the client's", query: "?timeout=5s", ms: 5000 },
  ];
  test.each(times)("is answered after $name time, and its work is called off", async ({ query, ms }) => {
    const clock = new FakeClock(Date.now());
    const started = Promise.withResolvers<void>();
    const signals: AbortSignal[] = [];
    const intercept = (): RequestPipeline => ({
      handle: ({ signal }) => {
        signals.push(signal);
        started.resolve();
        return new Promise<never>(() => undefined);
      },
    });
    await using server = await startTestServer({ clock, intercept });
    const answer = server.connect().send({ path: PATH + query });
    await started.promise;
    await clock.advance(ms - 1);
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
    // Deadlines are kept to the second.
    await clock.advance(1001);
    expect((await answer).json<Status>()).toMatchObject({
      code: 504,
      reason: "Timeout",
      message: "Timeout: request did not complete within the allotted timeout",
    });
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  });
});

describe("a stop", () => {
  test("fails readiness, lets requests finish and then refuses connections", async () => {
    const release = Promise.withResolvers<void>();
    const started = Promise.withResolvers<void>();
    const intercept = (pipeline: RequestPipeline): RequestPipeline => ({
      handle: async (context, request) => {
        started.resolve();
        await release.promise;
        return await pipeline.handle(context, request);
      },
    });
    await using server = await startTestServer({ intercept });
    const isReady = async (): Promise<boolean> =>
      (await server.health.report("readyz", { verbose: false, exclude: [] })).healthy;
    expect(await isReady()).toBe(true);
    const answer = server.connect({ protocol: "http/1.1" }).send({ path: PATH });
    await started.promise;
    const stopped = server.front[Symbol.asyncDispose]();
    expect(await isReady()).toBe(false);
    release.resolve();
    expect((await answer).status).toBe(200);
    await stopped;
    const late = server.connect({ protocol: "http/1.1" }).send({ path: "/readyz" });
    expect(await errorOf(late)).toMatchObject({ code: "ECONNREFUSED" });
  });

  test("does not wait for ever for requests that do not finish", async () => {
    const clock = new FakeClock(Date.now());
    const started = Promise.withResolvers<void>();
    const intercept = (): RequestPipeline => ({
      handle: () => {
        started.resolve();
        return new Promise<never>(() => undefined);
      },
    });
    await using server = await startTestServer({ clock, intercept });
    const failure = errorOf(server.connect().send({ path: PATH }));
    await started.promise;
    const stopped = server.front[Symbol.asyncDispose]();
    await clock.advance(5000);
    await stopped;
    expect(await failure).toBeInstanceOf(Error);
  });
});

test("a port in use is a clear error", async () => {
  await using server = await startTestServer();
  const error = await errorOf(startTestServer({ port: server.port }));
  expect(error).toBeInstanceOf(ListenError);
  expect(error).toMatchObject({
    message: `Cannot listen on "127.0.0.1" port ${String(server.port)}: another program listens there`,
  });
});

/** What a promise rejects with. */
async function errorOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new TypeError("Expected a failure");
}
