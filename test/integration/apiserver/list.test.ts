import { describe, expect, spyOn, test } from "bun:test";
import type { ListOptions } from "#apimachinery/request.ts";
import { bytesOf } from "#https/answer.ts";
import { aConfigMap } from "#testing/objects.ts";
import { IMPLEMENTATIONS, useStore } from "../../contract/store-fixtures.ts";
import { failureOf, statusErrorOf } from "./failure.ts";
import { startServer, type TestServer } from "./server.ts";

describe.each(IMPLEMENTATIONS)("list over $name", ({ open }) => {
  const under = useStore(open);

  /** With a ConfigMap for each name, in this order; `ns/name` for another namespace than default. */
  async function serverWith(...names: readonly string[]): Promise<TestServer> {
    const server = await startServer({ store: under.store });
    for (const each of names) await create(server, each);
    return server;
  }

  async function create(server: TestServer, each: string): Promise<void> {
    const [name = "", namespace = "default"] = each.split("/").toReversed();
    await server.client.create("ConfigMap", aConfigMap(name, { namespace, labels: { name } }));
  }

  const list = (server: TestServer, options: ListOptions = {}, namespace = "default") =>
    server.sendForList(
      { kind: "ConfigMap", ...(namespace !== "" && { namespace }) },
      { verb: "list", options },
    );

  /** Names, and what else there is: `a b +2 more`. */
  async function page(server: TestServer, options: ListOptions) {
    const { metadata, items } = (await list(server, options)).list;
    const more = metadata.remainingItemCount === undefined ? "" : ` +${String(metadata.remainingItemCount)}`;
    const end = metadata.continue === undefined ? "" : " …";
    return {
      text: `${items.map((item) => item.metadata.name).join(" ")}${end}${more}`,
      token: metadata.continue ?? "",
      resourceVersion: metadata.resourceVersion ?? "",
    };
  }

  test("shows one namespace, or all", async () => {
    const server = await serverWith("b", "a", "kube-system/c");
    const one = (await list(server)).list;
    expect(one.kind).toBe("ConfigMapList");
    expect(one.metadata).toEqual({ resourceVersion: String(server.store.revision) });
    expect(one.items.map(({ metadata }) => metadata.name)).toEqual(["a", "b"]);
    const all = (await list(server, {}, "")).list;
    expect(all.items.map(({ metadata }) => metadata.name)).toEqual(["a", "b", "c"]);
  });

  test.each<[string, ListOptions, string]>([
    ["a label", { labelSelector: "name in (a,b)" }, "a b"],
    ["a name", { fieldSelector: "metadata.name=b" }, "b"],
    ["not a name", { fieldSelector: "metadata.name!=b" }, "a bb c"],
    ["both", { labelSelector: "name!=a", fieldSelector: "metadata.name!=b" }, "bb c"],
    ["a namespace", { fieldSelector: "metadata.namespace=default" }, "a b bb c"],
    ["another namespace", { fieldSelector: "metadata.namespace=other" }, ""],
    ["two names", { fieldSelector: "metadata.name=b,metadata.name=a" }, ""],
  ])("selects by %s", async (_what, options, expected) => {
    const server = await serverWith("a", "b", "bb", "c");
    expect((await page(server, options)).text).toBe(expected);
  });

  test.each<[ListOptions, string]>([
    [
      { labelSelector: "a b" },
      "400 BadRequest: unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt",
    ],
    [
      { fieldSelector: "spec.x=1" },
      '400 BadRequest: "spec.x" is not a known field selector: only "metadata.name", "metadata.namespace"',
    ],
  ])("refuses %j", async (options, failure) => {
    const server = await serverWith();
    expect(await failureOf(list(server, options))).toBe(failure);
  });

  test("makes the same bytes as from its objects", async () => {
    const server = await serverWith("a", "b");
    const response = await list(server, { limit: 1 });
    const fromBytes: unknown = JSON.parse(new TextDecoder().decode(bytesOf(response.pieces())));
    const items = response.list.items.map(({ kind: _kind, apiVersion: _apiVersion, ...item }) => item);
    expect(fromBytes).toEqual({ ...response.list, items });
  });

  test("does not parse what it only passes on", async () => {
    await serverWith("a", "b");
    const restarted = await startServer({ store: under.store });
    using parse = spyOn(JSON, "parse");
    const read = async (options: ListOptions): Promise<number> => {
      parse.mockClear();
      bytesOf((await list(restarted, options)).pieces());
      (
        await restarted.sendForObject({ kind: "ConfigMap", namespace: "default", name: "a" }, { verb: "get" })
      ).bytes();
      return parse.mock.calls.length;
    };
    expect(await read({})).toBe(0);
    expect(await read({ limit: 1 })).toBe(0);
    expect(await read({ labelSelector: "name" })).toBe(2);
    expect(await read({ labelSelector: "name" })).toBe(0);
  });

  test("warns about resources that are on their way out", async () => {
    const server = await serverWith();
    const { warnings } = await server.sendForList({ kind: "Endpoints" }, { verb: "list" });
    expect(warnings).toEqual(["v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"]);
    expect((await list(server)).warnings).toEqual([]);
  });

  describe("in pages", () => {
    test("shows the same state on all of them, whatever is written meanwhile", async () => {
      const server = await serverWith("a", "b", "c", "d", "e");
      const first = await page(server, { limit: 2 });
      expect(first.text).toBe("a b … +3");
      await server.client.delete("ConfigMap", { namespace: "default", name: "c" });
      await create(server, "bb");
      const second = await page(server, { limit: 2, continue: first.token });
      expect(second.text).toBe("c d … +1");
      expect(second.resourceVersion).toBe(first.resourceVersion);
      const third = await page(server, { limit: 2, continue: second.token });
      expect(third.text).toBe("e");
      expect(third.resourceVersion).toBe(first.resourceVersion);
    });

    test("does not count what is left of a selection", async () => {
      const server = await serverWith("a", "b", "c", "d", "e");
      const selection = { labelSelector: "name notin (b,c,e)", limit: 1 };
      const first = await page(server, selection);
      expect(first.text).toBe("a …");
      const second = await page(server, { ...selection, continue: first.token });
      expect(second.text).toBe("d …");
      expect((await page(server, { ...selection, continue: second.token })).text).toBe("");
    });

    test("ends without a token when the last page is full", async () => {
      const server = await serverWith("a", "b");
      expect((await page(server, { limit: 2 })).text).toBe("a b");
      expect((await page(server, { limit: 2, labelSelector: "name" })).text).toBe("a b");
    });

    test("says Expired when the state is gone, with a token for the newest one", async () => {
      const server = await serverWith("a", "b", "c");
      const first = await page(server, { limit: 1 });
      await create(server, "bb");
      await server.store.compact(server.store.revision);
      const { status } = await statusErrorOf(list(server, { limit: 1, continue: first.token }));
      expect(status).toMatchObject({ code: 410, reason: "Expired" });
      expect(status.message).toStartWith(
        "The provided continue parameter is too old to display a consistent list result.",
      );
      const token = status.metadata.continue ?? "";
      expect((await page(server, { continue: token })).text).toBe("b bb c");
    });

    test("refuses a token that is none", async () => {
      const server = await serverWith();
      expect(await failureOf(list(server, { continue: "bm9uZQ" }))).toBe(
        "400 BadRequest: invalid continue token: continue key is not valid: invalid character 'o' in literal null (expecting 'u')",
      );
    });

    test("does not mix a token with a revision", async () => {
      const server = await serverWith("a", "b");
      const { token } = await page(server, { limit: 1 });
      expect(await failureOf(list(server, { continue: token, resourceVersion: "1" }))).toBe(
        "400 BadRequest: specifying resource version is not allowed when using continue",
      );
    });
  });

  describe("at a resourceVersion", () => {
    test("shows a state that is at least as new", async () => {
      const server = await serverWith("a");
      const old = String(server.store.revision);
      await create(server, "b");
      expect((await page(server, { resourceVersion: old })).text).toBe("a b");
      expect((await page(server, { resourceVersion: "0" })).text).toBe("a b");
      const match = { resourceVersion: old, resourceVersionMatch: "NotOlderThan" } as const;
      expect((await page(server, match)).text).toBe("a b");
      expect((await page(server, { ...match, limit: 1 })).text).toBe("a … +1");
    });

    test("shows exactly that state when asked for it", async () => {
      const server = await serverWith("a");
      const old = String(server.store.revision);
      await create(server, "b");
      const exact = { resourceVersion: old, resourceVersionMatch: "Exact" } as const;
      expect(await page(server, exact)).toEqual({ text: "a", token: "", resourceVersion: old });
      expect((await page(server, { resourceVersion: old, limit: 5 })).text).toBe("a");
    });

    test("says Expired when that state is gone", async () => {
      const server = await serverWith("a", "b");
      const old = String(server.store.revision - 1);
      await server.store.compact(server.store.revision);
      const exact = { resourceVersion: old, resourceVersionMatch: "Exact" } as const;
      expect(await failureOf(list(server, exact))).toBe(
        "410 Expired: The resourceVersion for the provided list is too old.",
      );
    });

    test("says that the future has not come", async () => {
      const server = await serverWith("a");
      const { revision } = server.store;
      const future = String(revision + 1000);
      for (const options of [{}, { resourceVersionMatch: "Exact" }, { limit: 1 }] as const) {
        const failing = statusErrorOf(list(server, { resourceVersion: future, ...options }));
        await server.clock.advance(3000);
        expect((await failing).status).toEqual({
          kind: "Status",
          apiVersion: "v1",
          metadata: {},
          status: "Failure",
          message: `Timeout: Too large resource version: ${future}, current: ${String(revision)}`,
          reason: "Timeout",
          details: {
            causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }],
            retryAfterSeconds: 1,
          },
          code: 504,
        });
      }
    });

    test("waits a moment for the future", async () => {
      const server = await serverWith("a");
      const { pending } = server.clock;
      const next = String(server.store.revision + 1);
      const exact = { resourceVersion: next, resourceVersionMatch: "Exact" } as const;
      const pages = [{ resourceVersion: next }, exact].map((options) => page(server, options));
      const got = server.client.get(
        "ConfigMap",
        { namespace: "default", name: "b" },
        { resourceVersion: next },
      );
      await create(server, "b");
      expect((await Promise.all(pages)).map(({ text }) => text)).toEqual(["a b", "a b"]);
      expect((await got).metadata.resourceVersion).toBe(next);
      expect(server.clock.pending).toBe(pending);
    });

    test("refuses what is no number", async () => {
      const server = await serverWith();
      expect(await failureOf(list(server, { resourceVersion: "new" }))).toBe(
        '400 BadRequest: invalid resource version: resourceVersion: Invalid value: "new": strconv.ParseUint: parsing "new": invalid syntax',
      );
    });
  });

  describe("get", () => {
    test("at a revision waits for nothing that cannot come", async () => {
      const server = await serverWith("a");
      const get = (resourceVersion: string) =>
        server.client.get("ConfigMap", { namespace: "default", name: "a" }, { resourceVersion });
      expect((await get("1")).metadata.name).toBe("a");
      const { revision } = server.store;
      const failing = failureOf(get("9223372036854775807"));
      await server.clock.advance(3000);
      expect(await failing).toBe(
        `504 Timeout: Timeout: Too large resource version: 9223372036854775807, current: ${String(revision)}`,
      );
    });

    test("fails at a revision that is no number", async () => {
      const server = await serverWith("a");
      const get = (resourceVersion: string) =>
        server.client.get("ConfigMap", { namespace: "default", name: "a" }, { resourceVersion });
      expect(await failureOf(get("-1"))).toBe(
        '500 Unknown: resourceVersion: Invalid value: "-1": strconv.ParseUint: parsing "-1": invalid syntax',
      );
    });

    test("makes the same bytes as from its object", async () => {
      const server = await serverWith("a");
      const response = await server.sendForObject(
        { kind: "ConfigMap", namespace: "default", name: "a" },
        { verb: "get" },
      );
      expect(new TextDecoder().decode(response.bytes())).toBe(JSON.stringify(response.object));
    });
  });
});
