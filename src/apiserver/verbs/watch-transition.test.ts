import { expect, test } from "bun:test";
import { createMemoryStore } from "#store/memory/memory-store.ts";
import { StoreError, type StoreErrorDetail } from "#store/store-error.ts";
import { aPut } from "#testing/store-events.ts";
import type { ServedResource } from "../registry/served-resource.ts";
import { ObjectStorage } from "../storage/object-storage.ts";
import { RecentEvents } from "../storage/recent-events.ts";
import { toLastEvent, toWatchEvents } from "./watch-transition.ts";

const failure = (detail: StoreErrorDetail): StoreError => new StoreError(detail, "failed");

test("a start that has been compacted is the last thing that a watcher hears", () => {
  expect(toLastEvent(failure({ code: "compacted", compactedRevision: 9 }), 5)).toMatchObject({
    type: "ERROR",
    object: { code: 410, reason: "Expired", message: "too old resource version: 5 (9)" },
  });
});

test.each<StoreErrorDetail>([{ code: "slowWatcher" }, { code: "closed" }])(
  "$code just ends the watch",
  (detail) => {
    expect(toLastEvent(failure(detail), 5)).toBeUndefined();
  },
);

test.each<[string, Error]>([
  ["a failing disk", failure({ code: "storageFailed" })],
  ["a mistake", new TypeError("mistake")],
])("%s is not for watchers", (_what, error) => {
  expect(() => toLastEvent(error, 5)).toThrow(error);
});

test("all who select nothing share what they hear of changes that come together", async () => {
  await using store = createMemoryStore();
  // Nothing is encoded here.
  const recent = new RecentEvents(new ObjectStorage(store), {} as ServedResource);
  const changes = [aPut("/pods/a", 1), aPut("/pods/b", 2)];
  const heard = toWatchEvents(changes, recent);
  expect(heard.map(({ type }) => type)).toEqual(["ADDED", "ADDED"]);
  expect(toWatchEvents(changes, recent)).toBe(heard);
  const selected = toWatchEvents(changes, recent, ({ revision }) => revision === 2);
  expect(selected).toHaveLength(1);
  expect(selected[0]).toBe(heard[1] as (typeof selected)[0]);
});
