/** The combinations of `resourceVersion`, `sendInitialEvents` and bookmarks that upstream's watch cache is held to. */
import { describe, expect, test } from "bun:test";
import type { WatchOptions } from "#apimachinery/request.ts";
import { aConfigMap } from "#testing/objects.ts";
import { IMPLEMENTATIONS, useStore } from "../../contract/store-fixtures.ts";
import type { Place } from "./server.ts";
import { startServer } from "./server.ts";

const INITIAL = ["ADDED default/a@1", "ADDED default/b@2", "ADDED default/c@3"];
const END = "BOOKMARK @4 initial-end";

interface Case {
  readonly options: WatchOptions;
  /** The `resourceVersion`, counted from the last revision before the writes. */
  readonly at?: number;
  readonly place?: Partial<Place>;
  /** What comes before anything else is written: three creates, and one in another namespace. */
  readonly want: readonly string[];
}

const BOOKMARKS = { allowWatchBookmarks: true } as const;
const SEND = { sendInitialEvents: true, resourceVersionMatch: "NotOlderThan" } as const;
const SKIP = { sendInitialEvents: false, resourceVersionMatch: "NotOlderThan" } as const;
const ANY = { resourceVersion: "0" } as const;
const ONE = { fieldSelector: "metadata.name=b" } as const;

const cases: Readonly<Record<string, Case>> = {
  "no options": { options: {}, want: INITIAL },
  "no options but bookmarks": { options: BOOKMARKS, want: [...INITIAL, END] },
  "any state": { options: ANY, want: INITIAL },
  "any state, bookmarks": { options: { ...ANY, ...BOOKMARKS }, want: [...INITIAL, END] },
  "initial events, bookmarks": { options: { ...SEND, ...BOOKMARKS }, want: [...INITIAL, END] },
  "initial events": { options: SEND, want: INITIAL },
  "initial events of any state, bookmarks": {
    options: { ...SEND, ...ANY, ...BOOKMARKS },
    want: [...INITIAL, END],
  },
  "initial events of any state": { options: { ...SEND, ...ANY }, want: INITIAL },
  "initial events of an old state, bookmarks": {
    options: { ...SEND, ...BOOKMARKS },
    at: 1,
    want: [...INITIAL, END],
  },
  "initial events of this state, bookmarks": {
    options: { ...SEND, ...BOOKMARKS },
    at: 4,
    want: [...INITIAL, END],
  },
  "no initial events, bookmarks": { options: { ...SKIP, ...BOOKMARKS }, want: [] },
  "no initial events of any state": { options: { ...SKIP, ...ANY }, want: [] },
  "no initial events of this state": { options: SKIP, at: 4, want: [] },
  "no initial events of an old state": { options: SKIP, at: 1, want: INITIAL.slice(1) },
  "an old state": { options: BOOKMARKS, at: 1, want: INITIAL.slice(1) },
  "initial events of one name, bookmarks": {
    options: { ...SEND, ...BOOKMARKS, ...ONE },
    want: ["ADDED default/b@2", END],
  },
  "one name by path": { options: {}, place: { name: "b" }, want: ["ADDED default/b@2"] },
  "one name by path, and by field": { options: ONE, place: { name: "b" }, want: ["ADDED default/b@2"] },
  "one name by path, and a label": {
    options: { labelSelector: "app=b" },
    place: { name: "b" },
    want: ["ADDED default/b@2"],
  },
  "one name by path, and the label of another": {
    options: { labelSelector: "app=a" },
    place: { name: "b" },
    want: [],
  },
  "a name that cannot be": { options: { fieldSelector: "metadata.name=a/b" }, want: [] },
};

describe.each(IMPLEMENTATIONS)("watch options over $name", ({ open }) => {
  const under = useStore(open);

  test.each(Object.entries(cases))("%s", async (_name, { options, at, place, want }) => {
    const server = await startServer({ store: under.store, core: { admission: [] } });
    const base = server.store.revision;
    const create = (name: string, namespace = "default") =>
      server.client.create("ConfigMap", aConfigMap(name, { namespace, labels: { app: name } }));
    for (const name of ["a", "b", "c"]) await create(name);
    await create("a", "elsewhere");
    const resourceVersion = at === undefined ? options.resourceVersion : String(base + at);
    await using watching = await server.watch(
      { kind: "ConfigMap", namespace: "default", ...place },
      { ...options, ...(resourceVersion !== undefined && { resourceVersion }) },
    );
    const take = async (): Promise<string[]> =>
      (await watching.take()).map((text) =>
        text.replace(/@(\d+)/, (_match, revision: string) => `@${String(Number(revision) - base)}`),
      );
    expect(await take()).toEqual([...want]);
    const isOfAll = place === undefined && options.fieldSelector === undefined;
    await create("d");
    expect(await take()).toEqual(isOfAll ? ["ADDED default/d@5"] : []);
  });
});
