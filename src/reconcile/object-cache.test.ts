import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { KubeObject, WatchEvent } from "#apimachinery/meta.ts";
import { type Change, ObjectCache } from "./object-cache.ts";

interface Options {
  readonly uid?: string;
  readonly namespace?: string;
  readonly app?: string;
}

function anObject(name: string, resourceVersion: number, options: Options = {}): KubeObject {
  const { uid = `uid-${name}`, namespace = "default", app = "web" } = options;
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name, namespace, uid, resourceVersion: String(resourceVersion), labels: { app } },
  };
}

function aCache(objects: readonly KubeObject[]): ObjectCache<KubeObject> {
  const cache = new ObjectCache<KubeObject>();
  cache.addIndex("app", ({ metadata }) => [metadata.labels?.["app"] ?? ""]);
  cache.replace(objects);
  return cache;
}

function describeChange(change: Change): string {
  const { name, resourceVersion } = change.object.metadata;
  const from = change.type === "updated" ? `${change.previous.metadata.resourceVersion ?? ""}→` : "";
  return `${change.type} ${name} ${from}${resourceVersion ?? ""}`;
}

const event = (type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK", object: KubeObject): WatchEvent => ({
  type,
  object,
});

describe("ObjectCache.apply", () => {
  const cases: { name: string; events: WatchEvent[]; want: string[] }[] = [
    { name: "adds", events: [event("ADDED", anObject("b", 2))], want: ["added b 2"] },
    { name: "updates", events: [event("MODIFIED", anObject("a", 2))], want: ["updated a 1→2"] },
    {
      name: "adds what was modified unseen",
      events: [event("MODIFIED", anObject("b", 2))],
      want: ["added b 2"],
    },
    {
      name: "updates what was added twice",
      events: [event("ADDED", anObject("a", 2))],
      want: ["updated a 1→2"],
    },
    {
      name: "deletes with the last state",
      events: [event("DELETED", anObject("a", 9))],
      want: ["deleted a 9"],
    },
    { name: "ignores the deletion of the unknown", events: [event("DELETED", anObject("b", 9))], want: [] },
    { name: "ignores what it has", events: [event("MODIFIED", anObject("a", 1))], want: [] },
    { name: "ignores bookmarks", events: [event("BOOKMARK", anObject("", 9))], want: [] },
    {
      name: "sees a new object under an old name",
      events: [event("ADDED", anObject("a", 5, { uid: "other" }))],
      want: ["deleted a 1", "added a 5"],
    },
  ];
  test.each(cases)("$name", ({ events, want }) => {
    expect(
      aCache([anObject("a", 1)])
        .apply(events)
        .map(describeChange),
    ).toEqual(want);
  });
});

test("replace reports only what differs", () => {
  const cache = aCache([
    anObject("gone", 1),
    anObject("same", 1),
    anObject("changed", 1),
    anObject("reborn", 1),
  ]);
  const changes = cache.replace([
    anObject("same", 1),
    anObject("changed", 2),
    anObject("reborn", 3, { uid: "other" }),
    anObject("new", 4),
  ]);
  expect(changes.map(describeChange)).toEqual([
    "deleted gone 1",
    "updated changed 1→2",
    "deleted reborn 1",
    "added reborn 3",
    "added new 4",
  ]);
});

test("an index that nobody declared is an error", () => {
  const cache = aCache([anObject("a", 1)]);
  expect(() => cache.byIndex("phase", "Running")).toThrow(
    'No index "phase" is declared for kind "ConfigMap"',
  );
});

test("after any history, indexes and lists agree with a cache filled from nothing", () => {
  const step = fc.record({
    type: fc.constantFrom("ADDED" as const, "MODIFIED" as const, "DELETED" as const),
    name: fc.constantFrom("a", "b", "c"),
    namespace: fc.constantFrom("x", "y"),
    app: fc.constantFrom("web", "db"),
    uid: fc.constantFrom("1", "2"),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), fc.nat(30), (steps, lookAt) => {
      const cache = aCache([]);
      for (const [index, { type, name, ...options }] of steps.entries()) {
        // An index is built at its first use: at any point of the history it must come out the same.
        if (index === lookAt) cache.byIndex("app", "web");
        cache.apply([event(type, anObject(name, index + 1, options))]);
      }
      const fresh = aCache(cache.list());
      for (const app of ["web", "db"]) {
        expect(namesOf(cache.byIndex("app", app)), app).toEqual(namesOf(fresh.byIndex("app", app)));
      }
      for (const namespace of ["x", "y"]) {
        expect(namesOf(cache.list(namespace)), namespace).toEqual(namesOf(fresh.list(namespace)));
      }
    }),
  );
});

function namesOf(objects: readonly KubeObject[]): string[] {
  return objects
    .map(({ metadata }) => `${metadata.namespace ?? ""}/${metadata.name}@${metadata.resourceVersion ?? ""}`)
    .toSorted();
}
