import { describe, expect, test } from "bun:test";
import type { ConfigMap } from "#api/generated/core-v1.ts";
import type { WatchOptions } from "#apimachinery/request.ts";
import { aConfigMap } from "#testing/objects.ts";
import { IMPLEMENTATIONS, useStore } from "../../contract/store-fixtures.ts";
import { failureOf } from "./failure.ts";
import type { RunningWatch } from "./running-watch.ts";
import { startServer, type TestServer } from "./server.ts";

const CONFIG_MAPS = { kind: "ConfigMap", namespace: "default" } as const;

describe.each(IMPLEMENTATIONS)("watch over $name", ({ open }) => {
  const under = useStore(open);

  /** A server and short ways to write; versions are counted from the last revision before the test. */
  async function start() {
    const server = await startServer({ store: under.store });
    const base = server.store.revision;
    return {
      server,
      base,
      create: (name: string, labels: Record<string, string> = {}, namespace = "default") =>
        server.client.create("ConfigMap", aConfigMap(name, { labels, namespace })),
      label: async (name: string, labels: Record<string, string>): Promise<ConfigMap> => {
        const present = await server.client.get("ConfigMap", { namespace: "default", name });
        const metadata = { ...present.metadata, labels };
        return await server.client.update("ConfigMap", { ...present, metadata });
      },
      remove: (name: string) => server.client.delete("ConfigMap", { namespace: "default", name }),
      watch: (options: WatchOptions = {}) => server.watch(CONFIG_MAPS, options),
    };
  }

  /** Events with revisions counted from `base`. */
  async function take(watch: RunningWatch, base: number): Promise<readonly string[]> {
    return (await watch.take()).map((text) =>
      text.replace(/@(\d+)/, (_match, revision: string) => `@${String(Number(revision) - base)}`),
    );
  }

  test("from 0 shows what is there, and what comes", async () => {
    const { create, label, remove, watch, base } = await start();
    await create("a");
    await create("b");
    await using watching = await watch({ resourceVersion: "0" });
    expect(await take(watching, base)).toEqual(["ADDED default/a@1", "ADDED default/b@2"]);
    await create("c");
    await label("a", { changed: "true" });
    await remove("b");
    await create("other", {}, "kube-system");
    expect(await take(watching, base)).toEqual([
      "ADDED default/c@3",
      "MODIFIED default/a@4",
      "DELETED default/b@5",
    ]);
  });

  test("from a revision shows what came after it", async () => {
    const { create, label, remove, watch, base } = await start();
    await create("a");
    await create("b");
    await label("a", { changed: "true" });
    await remove("b");
    await using watching = await watch({ resourceVersion: String(base + 1) });
    expect(await take(watching, base)).toEqual([
      "ADDED default/b@2",
      "MODIFIED default/a@3",
      "DELETED default/b@4",
    ]);
  });

  test("of all namespaces, and of one object", async () => {
    const { server, create, base } = await start();
    await using everywhere = await server.watch({ kind: "ConfigMap" }, { resourceVersion: String(base) });
    await using single = await server.watch(
      { kind: "ConfigMap", namespace: "default", name: "a" },
      { resourceVersion: String(base) },
    );
    await create("aa");
    await create("a");
    await create("a", {}, "kube-system");
    expect(await take(everywhere, base)).toEqual([
      "ADDED default/aa@1",
      "ADDED default/a@2",
      "ADDED kube-system/a@3",
    ]);
    expect(await take(single, base)).toEqual(["ADDED default/a@2"]);
  });

  test("with a selector shows objects coming into the selection and leaving it", async () => {
    const { create, label, remove, watch, base } = await start();
    await using watching = await watch({ resourceVersion: String(base), labelSelector: "app=web" });
    await create("a", { app: "db" });
    await label("a", { app: "web" });
    await label("a", { app: "web", changed: "true" });
    await label("a", { app: "db" });
    await label("a", { app: "db", changed: "true" });
    await label("a", { app: "web" });
    await remove("a");
    expect(await take(watching, base)).toEqual([
      "ADDED default/a@2",
      "MODIFIED default/a@3",
      "DELETED default/a@4",
      "ADDED default/a@6",
      "DELETED default/a@7",
    ]);
  });

  test("shows an object that leaves the selection as it was in it", async () => {
    const { create, label, watch, base } = await start();
    await create("a", { app: "web" });
    await using watching = await watch({ resourceVersion: String(base + 1), labelSelector: "app=web" });
    await label("a", { app: "db" });
    await watching.take();
    await using again = await watch({ resourceVersion: String(base + 1), labelSelector: "app=web" });
    await again.settled();
    expect(again.events[0]?.object.metadata).toMatchObject({
      labels: { app: "web" },
      resourceVersion: String(base + 2),
    });
  });

  test("shows everybody the end of an object, though some have lost it before", async () => {
    const { create, label, remove, watch, base } = await start();
    await create("a", { app: "web" });
    await using selected = await watch({ resourceVersion: String(base + 1), labelSelector: "app=web" });
    await using all = await watch({ resourceVersion: String(base + 1) });
    await label("a", { app: "db" });
    await remove("a");
    expect(await take(selected, base)).toEqual(["DELETED default/a@2"]);
    await all.settled();
    expect(all.events[1]?.object.metadata).toMatchObject({
      labels: { app: "db" },
      resourceVersion: String(base + 3),
    });
  });

  test("shows a deleted object as it was, at the revision of its end", async () => {
    const { create, remove, watch, base } = await start();
    await create("a", { app: "web" });
    await using watching = await watch({ resourceVersion: String(base + 1) });
    await remove("a");
    await watching.settled();
    expect(watching.events[0]).toMatchObject({
      type: "DELETED",
      object: {
        kind: "ConfigMap",
        metadata: { name: "a", labels: { app: "web" }, resourceVersion: String(base + 2) },
      },
    });
  });

  test("makes events once, with the same bytes as from their objects", async () => {
    const { create, label, remove, watch, base } = await start();
    await using first = await watch({ resourceVersion: String(base) });
    await using second = await watch({ resourceVersion: String(base), labelSelector: "app" });
    await create("a", { app: "web" });
    await label("a", { app: "db" });
    await remove("a");
    await first.settled();
    await second.settled();
    expect(first.events).toHaveLength(3);
    for (const [index, event] of first.events.entries()) {
      expect(second.events[index]).toBe(event);
      expect(event.bytes()).toBe(event.bytes());
      const line = new TextDecoder().decode(event.bytes());
      expect(line).toBe(`${JSON.stringify({ type: event.type, object: event.object })}\n`);
    }
  });

  describe("bookmarks", () => {
    const BOOKMARKS = { allowWatchBookmarks: true } as const;

    test("tell an idle watcher how far it has come", async () => {
      const { server, create, watch, base } = await start();
      await using watching = await watch({ ...BOOKMARKS, resourceVersion: String(base) });
      await using without = await watch({ resourceVersion: String(base) });
      await create("other", {}, "kube-system");
      await server.clock.advance(59_000);
      expect(await take(watching, base)).toEqual([]);
      await server.clock.advance(1000);
      expect(await take(watching, base)).toEqual(["BOOKMARK @1"]);
      await create("a");
      await server.clock.advance(60_000);
      expect(await take(watching, base)).toEqual(["ADDED default/a@2", "BOOKMARK @2"]);
      expect(await take(without, base)).toEqual(["ADDED default/a@2"]);
    });

    test("come once more before the watch ends", async () => {
      const { server, create, watch, base } = await start();
      const options = { ...BOOKMARKS, resourceVersion: String(base), timeoutSeconds: 30 };
      await using watching = await watch(options);
      await create("other", {}, "kube-system");
      await watching.take();
      await server.clock.advance(28_000);
      expect(await take(watching, base)).toEqual(["BOOKMARK @1"]);
      expect(watching.ended).toBe(false);
      await server.clock.advance(2000);
      expect(await take(watching, base)).toEqual([]);
      expect(watching.ended).toBe(true);
    });

    test("carry nothing but the kind and the revision", async () => {
      const { server, create, watch, base } = await start();
      await using watching = await watch({ ...BOOKMARKS, resourceVersion: String(base) });
      await create("other", {}, "kube-system");
      await watching.take();
      await server.clock.advance(60_000);
      await watching.settled();
      expect(new TextDecoder().decode(watching.events[0]?.bytes())).toBe(
        `{"type":"BOOKMARK","object":{"kind":"ConfigMap","apiVersion":"v1","metadata":{"resourceVersion":"${String(base + 1)}"}}}\n`,
      );
    });

    test("never lead back behind the start, nor repeat it", async () => {
      const { server, create, watch, base } = await start();
      await using present = await watch({ ...BOOKMARKS, resourceVersion: String(base) });
      await using future = await watch({ ...BOOKMARKS, resourceVersion: String(base + 2) });
      await present.take();
      await server.clock.advance(60_000);
      expect(await present.take()).toEqual([]);
      await create("a");
      await server.clock.advance(60_000);
      expect(await take(present, base)).toEqual(["ADDED default/a@1", "BOOKMARK @1"]);
      expect(await take(future, base)).toEqual([]);
    });

    test("mark the end of the initial events", async () => {
      const { create, watch, base } = await start();
      await create("a");
      await create("other", {}, "kube-system");
      await using watching = await watch({
        ...BOOKMARKS,
        sendInitialEvents: true,
        resourceVersionMatch: "NotOlderThan",
      });
      expect(await take(watching, base)).toEqual(["ADDED default/a@1", "BOOKMARK @2 initial-end"]);
      await create("b");
      expect(await take(watching, base)).toEqual(["ADDED default/b@3"]);
    });
  });

  test("without initial events starts now", async () => {
    const { create, watch, base } = await start();
    await create("a");
    await using watching = await watch({ sendInitialEvents: false });
    expect(await take(watching, base)).toEqual([]);
    await create("b");
    expect(await take(watching, base)).toEqual(["ADDED default/b@2"]);
  });

  test("ends at its timeout, or when the client goes", async () => {
    const { server, watch } = await start();
    await using timed = await watch({ timeoutSeconds: 10 });
    const gone = await watch();
    await timed.take();
    await server.clock.advance(10_000);
    await timed.take();
    expect(timed.ended).toBe(true);
    expect(gone.ended).toBe(false);
    await gone[Symbol.asyncDispose]();
    expect(gone.ended).toBe(true);
  });

  test("leaves no timer behind", async () => {
    const { server, watch } = await start();
    const { pending } = server.clock;
    const watching = await watch({ allowWatchBookmarks: true });
    await watching.take();
    expect(server.clock.pending).toBeGreaterThan(pending);
    await watching[Symbol.asyncDispose]();
    expect(server.clock.pending).toBe(pending);
  });

  test("says so when its start has been compacted", async () => {
    const { server, create, watch, base } = await start();
    await create("a");
    await create("b");
    await create("c");
    await server.store.compact(base + 3);
    await using watching = await watch({ resourceVersion: String(base + 1) });
    expect(await take(watching, 0)).toEqual([
      `ERROR 410 too old resource version: ${String(base + 1)} (${String(base + 3)})`,
    ]);
    expect(watching.ended).toBe(true);
    expect(watching.events).toEqual([]);
  });

  test("waits for a revision that is yet to come", async () => {
    const { create, watch, base } = await start();
    await using watching = await watch({ resourceVersion: String(base + 1) });
    await create("a");
    await create("b");
    expect(await take(watching, base)).toEqual(["ADDED default/b@2"]);
  });

  test("says when initial events would be of a revision that is yet to come", async () => {
    const { server, watch, base } = await start();
    const opening = watch({
      resourceVersion: String(base + 100),
      sendInitialEvents: true,
      resourceVersionMatch: "NotOlderThan",
    });
    await server.clock.advance(3000);
    await using watching = await opening;
    expect(await take(watching, 0)).toEqual([
      `ERROR 504 Timeout: Too large resource version: ${String(base + 100)}, current: ${String(base)}`,
    ]);
  });

  test("refuses selectors that make no sense", async () => {
    const { watch } = await start();
    expect(await failureOf(watch({ fieldSelector: "spec.x=1" }))).toStartWith("400 BadRequest: ");
    expect(await failureOf(watch({ resourceVersion: "new" }))).toBe(
      '500 Unknown: resourceVersion: Invalid value: "new": strconv.ParseUint: parsing "new": invalid syntax',
    );
  });

  test("of many readers misses nothing while many write", async () => {
    const { server, base } = await start();
    const watches = await Promise.all(
      Array.from({ length: 20 }, () => server.watch(CONFIG_MAPS, { resourceVersion: String(base) })),
    );
    await Promise.all(Array.from({ length: 20 }, (_, writer) => writeSome(server, `w${String(writer)}`)));
    for (const watching of watches) {
      await watching.settled();
      const revisions = watching.events.map(({ object }) => Number(object.metadata.resourceVersion));
      expect(revisions).toEqual(Array.from({ length: 20 * 7 }, (_, index) => base + 1 + index));
      await watching[Symbol.asyncDispose]();
    }
  });
});

/** Seven writes. */
async function writeSome({ client }: TestServer, name: string): Promise<void> {
  let object = await client.create("ConfigMap", aConfigMap(name));
  for (let count = 0; count < 5; count += 1) {
    object = await client.update("ConfigMap", { ...object, data: { count: String(count) } });
  }
  await client.delete("ConfigMap", { namespace: "default", name });
}
