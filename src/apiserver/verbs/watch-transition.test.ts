import { expect, test } from "bun:test";
import { StoreError, type StoreErrorDetail } from "#store/store-error.ts";
import { toLastEvent } from "./watch-transition.ts";

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
