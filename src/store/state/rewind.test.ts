import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { aDelete, aPut } from "#testing/store-events.ts";
import type { StoreEvent } from "../store.ts";
import { MemoryView } from "./memory-view.ts";
import { rewind } from "./rewind.ts";

const KEYS = ["/p/a", "/p/b", "/p/c", "/p/d", "/p/e", "/p/f", "/q/a"];

/** Applies a change of `key` to the view: an update or a creation, or a deletion where that is possible. */
function change(view: MemoryView, key: string, isRemoval: boolean, revision: number): StoreEvent {
  const previous = view.get(key);
  const event =
    isRemoval && previous !== undefined ? aDelete(previous, revision) : aPut(key, revision, previous);
  view.apply(event);
  return event;
}

describe("rewind", () => {
  test("shows what the view showed before the events", () => {
    const changes = fc.array(fc.record({ key: fc.constantFrom(...KEYS), isRemoval: fc.boolean() }), {
      maxLength: 30,
    });
    const options = fc.record(
      { after: fc.constantFrom("", "/p/a", "/p/bb", "/p/e", "/z"), limit: fc.nat(8) },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(changes, changes, options, (earlier, later, options) => {
        const view = new MemoryView();
        let revision = 0;
        for (const { key, isRemoval } of earlier) change(view, key, isRemoval, (revision += 1));
        const want = view.list("/p/", options);
        const events = later.map(({ key, isRemoval }) => change(view, key, isRemoval, (revision += 1)));
        const underPrefix = events.filter((event) =>
          (event.type === "put" ? event.entry.key : event.key).startsWith("/p/"),
        );
        expect(rewind(view, "/p/", underPrefix, options)).toEqual(want);
      }),
    );
  });
});
