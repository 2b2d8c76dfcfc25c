import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Readable } from "node:stream";
import type { RequestPipeline } from "#apiserver/pipeline.ts";
import { until } from "../until.ts";
import { endlessWatches } from "./endless-watches.ts";
import type { HttpClient, Protocol } from "./http-client.ts";
import { startTestServer, type TestServer } from "./server.ts";

const CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";

interface Event {
  readonly type: string;
  readonly object: {
    readonly kind: string;
    readonly metadata: { readonly name: string };
    readonly rows: unknown[];
  };
}

/** The events of a watch as they come. */
async function* eventsOf(body: Readable): AsyncGenerator<Event> {
  let rest = "";
  for await (const chunk of body as AsyncIterable<Buffer>) {
    const lines = (rest + chunk.toString()).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) yield JSON.parse(line) as Event;
  }
}

async function take(events: AsyncGenerator<Event>, count: number): Promise<readonly Event[]> {
  const taken: Event[] = [];
  while (taken.length < count) {
    const { value, done } = await events.next();
    if (done === true) throw new Error(`The watch ended after ${String(taken.length)} events`);
    taken.push(value);
  }
  return taken;
}

const described = ({ type, object }: Event): string => `${type} ${object.metadata.name}`;

async function create(client: HttpClient, name: string, text = ""): Promise<void> {
  const body = JSON.stringify({ metadata: { name }, data: { text } });
  const headers = { "content-type": "application/json" };
  expect((await client.send({ method: "POST", path: CONFIG_MAPS, headers, body })).status).toBe(201);
}

const remove = (client: HttpClient, name: string) =>
  client.send({ method: "DELETE", path: `${CONFIG_MAPS}/${name}` });

describe.each(["h2", "http/1.1"] satisfies Protocol[])("a watch over %s", (protocol) => {
  let server: TestServer;
  let writer: HttpClient;
  beforeAll(async () => {
    server = await startTestServer();
    writer = server.connect();
    await create(writer, "first");
  });
  afterAll(() => server[Symbol.asyncDispose]());

  test("delivers changes as they happen", async () => {
    const client = server.connect({ protocol });
    const { status, headers, body } = await client.open({ path: `${CONFIG_MAPS}?watch=true` });
    expect([status, headers["content-type"]]).toEqual([200, "application/json"]);
    expect(headers["content-length"]).toBeUndefined();
    const events = eventsOf(body);
    expect((await take(events, 1)).map(described)).toEqual(["ADDED first"]);
    await create(writer, "a");
    expect((await take(events, 1)).map(described)).toEqual(["ADDED a"]);
    await remove(writer, "a");
    expect((await take(events, 1)).map(described)).toEqual(["DELETED a"]);
    body.destroy();
  });

  test("may be asked for by the old path, and for one object", async () => {
    await create(writer, "only");
    const client = server.connect({ protocol });
    const path = `/api/v1/watch/namespaces/default/configmaps/only`;
    const { body } = await client.open({ path });
    const events = eventsOf(body);
    expect((await take(events, 1)).map(described)).toEqual(["ADDED only"]);
    await create(writer, "other");
    await remove(writer, "only");
    expect((await take(events, 1)).map(described)).toEqual(["DELETED only"]);
    body.destroy();
    await remove(writer, "other");
  });

  test("may be one of tables, whose columns come first only", async () => {
    const client = server.connect({ protocol });
    const headers = { accept: "application/json;as=Table;v=v1;g=meta.k8s.io" };
    const { body } = await client.open({ path: `${CONFIG_MAPS}?watch=true`, headers });
    const events = eventsOf(body);
    await create(writer, "row");
    const [first, second] = await take(events, 2);
    expect(first?.object).toMatchObject({ kind: "Table", columnDefinitions: expect.any(Array) });
    expect(second?.object).toMatchObject({
      kind: "Table",
      columnDefinitions: [],
      rows: [{ cells: ["row", 1, expect.stringMatching(/^\d+s$/)] }],
    });
    body.destroy();
    await remove(writer, "row");
  });

  test("ends regularly when the server stops", async () => {
    const own = await startTestServer();
    const client = own.connect({ protocol });
    const { body } = await client.open({ path: `${CONFIG_MAPS}?watch=true` });
    const events = Array.fromAsync(eventsOf(body));
    await own.front[Symbol.asyncDispose]();
    expect(await events).toEqual([]);
    await own[Symbol.asyncDispose]();
  });
});

describe.each(["h2", "http/1.1"] satisfies Protocol[])("over %s", (protocol) => {
  test("a client that goes away ends its watch", async () => {
    const { promise: aborted, resolve } = Promise.withResolvers<void>();
    const intercept = (pipeline: RequestPipeline): RequestPipeline => ({
      handle: (context, request) => {
        if (request.operation.verb === "watch") context.signal.addEventListener("abort", () => resolve());
        return pipeline.handle(context, request);
      },
    });
    await using server = await startTestServer({ intercept });
    const { body } = await server.connect({ protocol }).open({ path: `${CONFIG_MAPS}?watch=true` });
    body.destroy();
    await aborted;
  });

  test("a client that never reads is cut off before much is kept for it", async () => {
    const made = { bytes: 0, isOver: false };
    await using server = await startTestServer({ intercept: () => endlessWatches(made) });
    const { body } = await server.connect({ protocol }).open({ path: `${CONFIG_MAPS}?watch=true` });
    await until(() => made.isOver);
    // What the kernel holds of a connection within one machine, and a mebibyte.
    expect(made.bytes).toBeLessThan(16 * 1024 * 1024);
    await expect(Array.fromAsync(body)).rejects.toThrow();
  });

  test("a client that is slow to read what is there misses nothing that happens meanwhile", async () => {
    await using server = await startTestServer();
    const writer = server.connect();
    const names = Array.from({ length: 20 }, (_, index) => `large-${String(index).padStart(2, "0")}`);
    for (const name of names) await create(writer, name, "x".repeat(200_000));
    const { body } = await server.connect({ protocol }).open({ path: `${CONFIG_MAPS}?watch=true` });
    await create(writer, "news");
    await remove(writer, "large-00");
    const events = await take(eventsOf(body), names.length + 2);
    expect(events.map(described)).toEqual([
      ...names.map((name) => `ADDED ${name}`),
      "ADDED news",
      "DELETED large-00",
    ]);
    body.destroy();
  });

  test("a client that reads late has missed nothing, and nobody has waited for it", async () => {
    await using server = await startTestServer();
    const writer = server.connect();
    const path = `${CONFIG_MAPS}?watch=true`;
    const { body: late } = await server.connect({ protocol }).open({ path });
    const { body: prompt } = await server.connect({ protocol }).open({ path });
    const names = Array.from({ length: 20 }, (_, index) => `large-${String(index).padStart(2, "0")}`);
    const readAll = async (body: Readable): Promise<void> => {
      const events = await take(eventsOf(body), names.length);
      expect(events.map(({ object }) => object.metadata.name)).toEqual(names);
      body.destroy();
    };
    const reading = readAll(prompt);
    // Together less than a mebibyte, and more than HTTP/2 sends unasked.
    for (const name of names) await create(writer, name, "x".repeat(40_000));
    await reading;
    await readAll(late);
  });
});
