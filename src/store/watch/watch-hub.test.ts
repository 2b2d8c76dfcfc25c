import { describe, expect, test } from "bun:test";
import { aPut } from "#testing/store-events.ts";
import { keyOf } from "../store-event.ts";
import { WatchHub } from "./watch-hub.ts";
import { type EventBatch, Watcher } from "./watcher.ts";

function watch(hub: WatchHub, prefix: string, maxPendingEvents = 100): Watcher {
  const watcher = new Watcher({
    afterRevision: 0,
    maxPendingEvents,
    onClose: () => hub.remove(prefix, watcher),
  });
  hub.add(prefix, watcher);
  return watcher;
}

async function nextBatch(watcher: Watcher): Promise<EventBatch> {
  const { value } = (await watcher.next()) as IteratorYieldResult<EventBatch>;
  return value;
}

describe("WatchHub", () => {
  test("gives each prefix its events as one batch, shared by its watchers", async () => {
    const hub = new WatchHub();
    const [pods, again, all] = [watch(hub, "/pods/"), watch(hub, "/pods/"), watch(hub, "")];
    hub.publish([aPut("/pods/a", 1), aPut("/nodes/a", 2), aPut("/pods/b", 3)]);
    const batch = await nextBatch(pods);
    expect(batch.map(keyOf)).toEqual(["/pods/a", "/pods/b"]);
    expect(await nextBatch(again)).toBe(batch);
    expect((await nextBatch(all)).map(keyOf)).toEqual(["/pods/a", "/nodes/a", "/pods/b"]);
    hub.publish([aPut("/pods/c", 4)]);
    expect((await nextBatch(pods)).map(keyOf)).toEqual(["/pods/c"]);
  });

  test("forgets a watcher that closes, also in the middle of publishing", async () => {
    const hub = new WatchHub();
    const slow = watch(hub, "/pods/", 0);
    const other = watch(hub, "/pods/");
    hub.publish([aPut("/pods/a", 1)]);
    await expect(slow.next()).rejects.toThrow("too slow");
    expect((await nextBatch(other)).map(keyOf)).toEqual(["/pods/a"]);
    other.close();
    other.close();
    hub.remove("/nowhere/", other);
    hub.publish([aPut("/pods/b", 2)]);
    expect((await other.next()).done).toBe(true);
  });

  test("can fail everybody", async () => {
    const hub = new WatchHub();
    const watchers = [watch(hub, "/a/"), watch(hub, "/a/"), watch(hub, "/b/")];
    hub.failAll(new TypeError("over"));
    for (const watcher of watchers) await expect(watcher.next()).rejects.toThrow("over");
  });
});
