/** The combinations of `resourceVersion`, its match, `limit`, `continue` and selectors that upstream's storage is held to. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { KubeList } from "#apimachinery/meta.ts";
import type { ListOptions } from "#apimachinery/request.ts";
import { encodeContinue } from "#apiserver/storage/continue-token.ts";
import { aConfigMap } from "#testing/objects.ts";
import { IMPLEMENTATIONS, type StoreUnderTest } from "../../contract/store-fixtures.ts";
import { failureOf } from "./failure.ts";
import { startServer, type TestServer } from "./server.ts";

/** One at each revision, counted from the last one before them. History before the first is compacted. */
const WRITES = [
  "create first/bar",
  "create second/bar",
  "create second/foo",
  "create third/barfoo",
  "create third/foo",
  "create second/baz",
  "update first/bar",
  "delete second/baz",
  "create elsewhere",
] as const;

interface Case {
  /** Default: all namespaces. */
  readonly namespace?: string;
  readonly options: ListOptions;
  /** The `resourceVersion`, counted as the writes are. */
  readonly at?: number;
  /** What the token says: behind which key, and at which revision, to go on. */
  readonly from?: readonly [after: string, revision: number];
  /** The objects with their revisions, whether and how much there is more, and the revision of the list. */
  readonly want: string;
}

type Cases = Readonly<Record<string, Case>>;

const NOT_OLDER = { resourceVersionMatch: "NotOlderThan" } as const;
const EXACT = { resourceVersionMatch: "Exact" } as const;
const ANY = { resourceVersion: "0" } as const;

const ALL = "first/bar@7 second/bar@2 second/foo@3 third/barfoo@4 third/foo@5";

const plain: Cases = {
  "no options": { options: {}, want: `${ALL} at 9` },
  "one namespace": { namespace: "first", options: {}, want: "first/bar@7 at 9" },
  "an empty namespace": { namespace: "none", options: {}, want: "at 9" },
  "the beginning of a namespace's name": { namespace: "firs", options: {}, want: "at 9" },
  "any state": { options: ANY, want: `${ALL} at 9` },
  "any state, NotOlderThan": { options: { ...ANY, ...NOT_OLDER }, want: `${ALL} at 9` },
  "an old state": { options: {}, at: 2, want: `${ALL} at 9` },
  "an old state, NotOlderThan": { options: NOT_OLDER, at: 2, want: `${ALL} at 9` },
  "a forgotten state": { options: {}, at: -1, want: `${ALL} at 9` },
  "this state, NotOlderThan": { options: NOT_OLDER, at: 9, want: `${ALL} at 9` },
};

const exact: Cases = {
  "a forgotten state": {
    options: EXACT,
    at: 0,
    want: "410 Expired: The resourceVersion for the provided list is too old.",
  },
  "the first create": { options: EXACT, at: 1, want: "first/bar@1 at 1" },
  "the second create": { options: EXACT, at: 2, want: "first/bar@1 second/bar@2 at 2" },
  "the last create": {
    options: EXACT,
    at: 6,
    want: "first/bar@1 second/bar@2 second/baz@6 second/foo@3 third/barfoo@4 third/foo@5 at 6",
  },
  "the update": {
    options: EXACT,
    at: 7,
    want: "first/bar@7 second/bar@2 second/baz@6 second/foo@3 third/barfoo@4 third/foo@5 at 7",
  },
  "the delete": { options: EXACT, at: 8, want: `${ALL} at 8` },
  "a write elsewhere": { options: EXACT, at: 9, want: `${ALL} at 9` },
  "a namespace before there was anything": { namespace: "second", options: EXACT, at: 1, want: "at 1" },
};

const limited: Cases = {
  "a limit": { options: { limit: 2 }, want: "first/bar@7 second/bar@2 … +3 at 9" },
  "a limit in a namespace": { namespace: "second", options: { limit: 1 }, want: "second/bar@2 … +1 at 9" },
  "a limit of as many as there are": { options: { limit: 5 }, want: `${ALL} at 9` },
  "a negative limit": { options: { limit: -1 }, want: `${ALL} at 9` },
  "a limit of any state": { options: { limit: 2, ...ANY }, want: `${ALL} at 9` },
  "a limit of any state, NotOlderThan": {
    options: { limit: 2, ...ANY, ...NOT_OLDER },
    want: `${ALL} at 9`,
  },
  "a limit of an old state, which is exact": { options: { limit: 1 }, at: 2, want: "first/bar@1 … +1 at 2" },
  "a limit of an old state, Exact": {
    options: { limit: 4, ...EXACT },
    at: 7,
    want: "first/bar@7 second/bar@2 second/baz@6 second/foo@3 … +2 at 7",
  },
  "a limit of an old state, NotOlderThan": {
    options: { limit: 1, ...NOT_OLDER },
    at: 2,
    want: "first/bar@7 … +4 at 9",
  },
  "a limit of a forgotten state": {
    options: { limit: 1 },
    at: 0,
    want: "410 Expired: The resourceVersion for the provided list is too old.",
  },
};

const continued: Cases = {
  "a token": {
    options: { limit: 2 },
    from: ["first/bar", 6],
    want: "second/bar@2 second/baz@6 … +3 at 6",
  },
  "a token without limit": {
    options: {},
    from: ["second/foo", 8],
    want: "third/barfoo@4 third/foo@5 at 8",
  },
  "a token of the first state": { options: { limit: 1 }, from: ["first/bar", 1], want: "at 1" },
  "a token of a key that has gone": {
    options: { limit: 1 },
    from: ["second/baz", 9],
    want: "second/foo@3 … +2 at 9",
  },
  "a token with any state, which knows no limit": {
    options: { limit: 1, ...ANY },
    from: ["second/bar", 8],
    want: "second/foo@3 third/barfoo@4 third/foo@5 at 8",
  },
  "a token with a state": {
    options: {},
    from: ["second/bar", 8],
    at: 2,
    want: "400 BadRequest: specifying resource version is not allowed when using continue",
  },
  "a token of the newest state": {
    options: { limit: 2 },
    from: ["first/bar", -1],
    want: "second/bar@2 second/foo@3 … +2 at 9",
  },
  "a token behind the end": { options: {}, from: ["third/foo", 8], want: "at 8" },
  "a token of a forgotten state": {
    options: { limit: 2 },
    from: ["first/bar", 0],
    want: "410 Expired: The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.",
  },
};

const selected: Cases = {
  "a name in all namespaces": {
    options: { fieldSelector: "metadata.name=bar" },
    want: "first/bar@7 second/bar@2 at 9",
  },
  "a name in one namespace": {
    namespace: "second",
    options: { fieldSelector: "metadata.name=bar" },
    want: "second/bar@2 at 9",
  },
  "a name that cannot be": {
    namespace: "second",
    options: { fieldSelector: "metadata.name=a/b" },
    want: "at 9",
  },
  "a namespace that cannot be": { options: { fieldSelector: "metadata.namespace=a/b" }, want: "at 9" },
  "a name and a namespace": {
    options: { fieldSelector: "metadata.name=bar,metadata.namespace=second" },
    want: "second/bar@2 at 9",
  },
  "one that is on a later page": {
    options: { fieldSelector: "metadata.name=barfoo", limit: 1 },
    want: "third/barfoo@4 … at 9",
  },
  "two on two pages, the last of all": {
    options: { fieldSelector: "metadata.name=foo", limit: 2 },
    want: "second/foo@3 third/foo@5 at 9",
  },
  "two before others that are not selected": {
    options: { fieldSelector: "metadata.name=bar", limit: 2 },
    want: "first/bar@7 second/bar@2 … at 9",
  },
  "what is left of a selection": {
    options: { fieldSelector: "metadata.name=foo", limit: 2 },
    from: ["third/barfoo", 8],
    want: "third/foo@5 at 8",
  },
  "a label when it was there": {
    options: { labelSelector: "version=1", ...EXACT },
    at: 2,
    want: "first/bar@1 second/bar@2 at 2",
  },
  "a label that an update took away": {
    options: { labelSelector: "version=1", limit: 1 },
    want: "second/bar@2 … at 9",
  },
};

const groups = { plain, exact, limited, continued, selected };
const cases = Object.entries(groups).flatMap(([group, named]) =>
  Object.entries(named).map(([name, each]) => ({ name: `${group}: ${name}`, ...each })),
);

describe.each(IMPLEMENTATIONS)("list options over $name", ({ open }) => {
  let opened: StoreUnderTest;
  let server: TestServer;
  let base: number;
  // The cases only read.
  beforeAll(async () => {
    opened = await open();
    server = await startServer({ store: opened.store, core: { admission: [] } });
    base = server.store.revision;
    for (const write of WRITES) await perform(server, write);
    await server.store.compact(base + 1);
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await opened[Symbol.asyncDispose]();
  });

  test.each(cases)("$name", async ({ namespace, options, at, from, want }) => {
    const request = server.sendForList(
      { kind: "ConfigMap", ...(namespace !== undefined && { namespace }) },
      {
        verb: "list",
        options: {
          ...options,
          ...(at !== undefined && { resourceVersion: String(base + at) }),
          ...(from && { continue: tokenOf(...from) }),
        },
      },
    );
    const found = await request.then(({ list }) => describeList(list)).catch(() => failureOf(request));
    expect(found).toBe(want);
  });

  function tokenOf(after: string, revision: number): string {
    const prefix = "/registry/configmaps/";
    const absolute = revision < 0 ? revision : base + revision;
    return encodeContinue({ revision: absolute, after: prefix + after }, prefix);
  }

  function describeList({ metadata, items }: KubeList): string {
    const relative = (revision = ""): string => String(Number(revision) - base);
    const names = items.map(
      ({ metadata: { namespace = "", name, resourceVersion } }) =>
        `${namespace}/${name}@${relative(resourceVersion)}`,
    );
    const { continue: token, remainingItemCount: remaining, resourceVersion } = metadata;
    const more = [
      ...(token === undefined ? [] : ["…"]),
      ...(remaining === undefined ? [] : [`+${String(remaining)}`]),
    ];
    return [...names, ...more, "at", relative(resourceVersion)].join(" ");
  }
});

async function perform({ client }: TestServer, write: (typeof WRITES)[number]): Promise<void> {
  const [verb, path = ""] = write.split(" ");
  const [namespace = "", name = ""] = path.split("/");
  const labels = { version: verb === "create" ? "1" : "2" };
  if (path === "elsewhere") {
    await client.create("Secret", { ...A_SECRET, metadata: { name: "a", namespace: "first" } });
  } else if (verb === "create") {
    await client.create("ConfigMap", aConfigMap(name, { namespace, labels }));
  } else if (verb === "update") {
    const { metadata, ...present } = await client.get("ConfigMap", { namespace, name });
    await client.update("ConfigMap", { ...present, metadata: { ...metadata, labels } });
  } else {
    await client.delete("ConfigMap", { namespace, name });
  }
}

const A_SECRET = { apiVersion: "v1", kind: "Secret" } as const;
