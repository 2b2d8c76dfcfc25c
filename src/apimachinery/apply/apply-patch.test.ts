import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { workloadSchema } from "#testing/workload-schema.ts";
import { Codec } from "../codec/codec.ts";
import type { ManagedFieldsEntry } from "../generated/meta-v1.ts";
import type { JsonObject } from "../json-value.ts";
import { StatusError } from "../status-error.ts";
import { type ApplyOptions, applyPatch } from "./apply-patch.ts";
import { type FieldManagerType, withoutManagedFields } from "./field-manager.ts";
import { pathsOf } from "./field-set.ts";
import { parseFieldsV1 } from "./fields-v1.ts";
import { LAST_APPLIED_ANNOTATION } from "./last-applied.ts";
import { formatPath } from "./path-element.ts";
import { keepTimes, trackUpdate } from "./track-update.ts";

const gvk = { group: "apps", version: "v1", kind: "Workload" };
const typeMeta = { apiVersion: "apps/v1", kind: "Workload" };
const type: FieldManagerType = { ...typeMeta, schema: workloadSchema };
const codec = new Codec();
const TIMES = Array.from({ length: 9 }, (_, second) => `2026-01-01T00:00:0${String(second)}Z`);

/** An object and the requests that are made for it, each a second after the last. */
class Server {
  object: JsonObject | undefined;
  #requests = 0;

  apply(manager: string, config: object, overrides: Partial<ApplyOptions> = {}): this {
    const applied = { ...typeMeta, metadata: { name: "web" }, ...config };
    const options = {
      type,
      live: this.object,
      applied,
      manager,
      force: false,
      time: this.#time(),
      ...overrides,
    };
    const next = decode(applyPatch(options).object);
    this.object = this.object === undefined ? next : keepTimes(this.object, next);
    return this;
  }

  update(manager: string, change: (object: JsonObject) => object, subresource = ""): this {
    const next = decode(change(this.object ?? { ...typeMeta, metadata: { name: "web" } }));
    const live = this.object;
    this.object = trackUpdate({ type: { ...type, subresource }, live, next, manager, time: this.#time() });
    return this;
  }

  get spec(): JsonObject {
    return (this.object as { spec: JsonObject }).spec;
  }

  get entries(): readonly ManagedFieldsEntry[] {
    return (
      (this.object as { metadata: { managedFields?: readonly ManagedFieldsEntry[] } }).metadata
        .managedFields ?? []
    );
  }

  /** Who owns what: `{ "kubectl Apply": [".spec.replicas"] }`. */
  get owners(): Record<string, string[]> {
    return Object.fromEntries(
      this.entries.map(({ manager = "", operation = "", subresource, fieldsV1 }) => [
        [manager, operation, subresource].filter(Boolean).join(" "),
        pathsOf(parseFieldsV1(fieldsV1)).map(formatPath),
      ]),
    );
  }

  #time(): string {
    return TIMES[this.#requests++] ?? "";
  }
}

function decode(object: object): JsonObject {
  return codec.decode(workloadSchema, object, { gvk, fieldValidation: "Ignore" }).object;
}

function failureOf(action: () => unknown): StatusError {
  try {
    action();
  } catch (error) {
    if (error instanceof StatusError) return error;
    throw error;
  }
  throw new Error("Nothing was thrown");
}

describe("apply", () => {
  test("creates what is not there, and owns exactly what it says", () => {
    const server = new Server().apply("me", {
      metadata: { name: "web", labels: { app: "web" }, finalizers: ["x"] },
      spec: {
        replicas: 2,
        selector: { a: "b" },
        containers: [{ name: "c", args: ["x"], ports: [{ containerPort: 80 }] }],
      },
    });
    expect(server.owners).toEqual({
      "me Apply": [
        '.metadata.finalizers[="x"]',
        ".metadata.labels.app",
        ".spec.replicas",
        ".spec.selector",
        '.spec.containers[name="c"]',
        '.spec.containers[name="c"].args',
        '.spec.containers[name="c"].name',
        '.spec.containers[name="c"].ports[containerPort=80,protocol="TCP"]',
        '.spec.containers[name="c"].ports[containerPort=80,protocol="TCP"].containerPort',
      ],
    });
    expect(server.entries).toMatchObject([
      { manager: "me", operation: "Apply", apiVersion: "apps/v1", time: TIMES[0], fieldsType: "FieldsV1" },
    ]);
  });

  test("removes what it no longer says and nobody else owns", () => {
    const server = new Server()
      .apply("me", {
        spec: { replicas: 2, paused: true, containers: [{ name: "a" }, { name: "b", image: "x" }] },
      })
      .apply("other", { spec: { containers: [{ name: "b" }] } })
      .apply("me", { spec: { paused: true } });
    expect(server.spec).toEqual({ paused: true, strategy: {}, containers: [{ name: "b" }] });
    expect(server.owners["me Apply"]).toEqual([".spec.paused"]);
  });

  test("removes a structure with its last field", () => {
    const server = new Server()
      .apply("me", { spec: { strategy: { type: "Recreate" }, config: { a: { b: 1 } } } })
      .apply("me", { spec: { replicas: 1 } });
    expect(server.spec).toEqual({ replicas: 1, strategy: {}, containers: [] });
  });

  test("keeps what others have added", () => {
    const server = new Server()
      .apply("me", { spec: { containers: [{ name: "a", image: "1" }] } })
      .update("controller", (object) => ({
        ...object,
        spec: { containers: [{ name: "a", image: "1", args: ["x"] }, { name: "side" }] },
      }))
      .apply("me", { spec: { containers: [{ name: "a", image: "2" }] } });
    expect(server.spec["containers"]).toEqual([{ name: "a", image: "2", args: ["x"] }, { name: "side" }]);
  });

  test("conflicts with who changed what it wants to change", () => {
    const server = new Server()
      .apply("me", { spec: { replicas: 1 } })
      .update("kubectl-scale", (object) => ({ ...object, spec: { replicas: 5 } }));
    const error = failureOf(() => server.apply("me", { spec: { replicas: 2 } }));
    expect(error.status).toMatchObject({
      code: 409,
      reason: "Conflict",
      message: 'Apply failed with 1 conflict: conflict with "kubectl-scale" using apps/v1: .spec.replicas',
      details: {
        causes: [
          {
            reason: "FieldManagerConflict",
            message: 'conflict with "kubectl-scale" using apps/v1',
            field: ".spec.replicas",
          },
        ],
      },
    });
  });

  test("lists several conflicts by manager", () => {
    const server = new Server()
      .apply("one", { spec: { replicas: 1, containers: [{ name: "a", image: "1" }] } })
      .apply("two", { spec: { paused: true } })
      .update("three", (object) => ({ ...object, status: { ready: 1 } }), "status");
    const config = {
      spec: { replicas: 2, paused: false, containers: [{ name: "a", image: "2" }] },
      status: { ready: 2 },
    };
    const error = failureOf(() => server.apply("me", config, { type: { ...type, resetFields: [] } }));
    expect(error.message).toBe(
      [
        'Apply failed with 4 conflicts: conflicts with "one":',
        "- .spec.replicas",
        '- .spec.containers[name="a"].image',
        'conflicts with "three" with subresource "status" using apps/v1:',
        "- .status.ready",
        'conflicts with "two":',
        "- .spec.paused",
      ].join("\n"),
    );
  });

  test("takes fields over when forced", () => {
    const server = new Server()
      .apply("one", { spec: { replicas: 1, paused: true } })
      .apply("two", { spec: { replicas: 2 } }, { force: true });
    expect(server.spec["replicas"]).toBe(2);
    expect(server.owners).toEqual({ "one Apply": [".spec.paused"], "two Apply": [".spec.replicas"] });
  });

  test("shares fields that have the same value", () => {
    const server = new Server()
      .apply("one", { spec: { replicas: 1 } })
      .apply("two", { spec: { replicas: 1 } });
    expect(server.owners).toEqual({ "one Apply": [".spec.replicas"], "two Apply": [".spec.replicas"] });
    expect(server.apply("one", {}).spec["replicas"]).toBe(1);
    expect(server.apply("two", {}).spec["replicas"]).toBeUndefined();
  });

  test("does not change the time when it changes nothing", () => {
    const config = { spec: { replicas: 1, containers: [{ name: "a", limits: { cpu: "1" } }] } };
    const server = new Server().apply("me", config);
    const before = server.object as JsonObject;
    const { object, isChanged } = applyPatch({
      type,
      live: before,
      applied: { ...typeMeta, metadata: { name: "web" }, ...config },
      manager: "me",
      force: false,
      time: "2027-01-01T00:00:00Z",
    });
    expect(isChanged).toBe(false);
    expect(object).toEqual(before);
  });

  test("tells ports apart by protocol, which is TCP when it is not given", () => {
    const ports = [{ containerPort: 53 }, { containerPort: 53, protocol: "UDP" }];
    const server = new Server().apply("me", { spec: { containers: [{ name: "dns", ports }] } }).apply("me", {
      spec: { containers: [{ name: "dns", ports: [{ containerPort: 53, protocol: "TCP", name: "tcp" }] }] },
    });
    expect(server.spec["containers"]).toEqual([
      { name: "dns", ports: [{ containerPort: 53, protocol: "TCP", name: "tcp" }] },
    ]);
  });

  test("takes atomic structures whole", () => {
    const server = new Server().apply("one", { spec: { selector: { a: "1" } } });
    const error = failureOf(() => server.apply("two", { spec: { selector: { b: "2" } } }));
    expect(error.message).toContain(".spec.selector");
    expect(server.apply("two", { spec: { selector: { b: "2" } } }, { force: true }).spec["selector"]).toEqual(
      { b: "2" },
    );
  });

  test("orders lists as the configuration does and keeps the rest in place", () => {
    const names = (...list: string[]): object => ({ spec: { containers: list.map((name) => ({ name })) } });
    const server = new Server().apply("one", names("a", "b", "c", "d")).apply("two", names("d", "new", "b"));
    expect((server.spec["containers"] as { name: string }[]).map(({ name }) => name)).toEqual([
      "a",
      "c",
      "d",
      "new",
      "b",
    ]);
  });

  test("owns nothing of the status and of the server's metadata", () => {
    const server = new Server().apply("me", {
      metadata: { name: "web", namespace: "x", uid: "1", resourceVersion: "5", generation: 3 },
      status: { ready: 1 },
      spec: { paused: true },
    });
    expect(server.owners).toEqual({ "me Apply": [".spec.paused"] });
  });

  test("gives what was there before the first apply to a manager of its own", () => {
    const server = new Server();
    server.object = decode({ metadata: { name: "web", uid: "1" }, spec: { replicas: 3 } });
    const error = failureOf(() => server.apply("me", { spec: { replicas: 1 } }));
    expect(error.message).toBe(
      'Apply failed with 1 conflict: conflict with "before-first-apply" using apps/v1: .spec.replicas',
    );
    expect(server.apply("me", { spec: { replicas: 1 } }, { force: true }).owners).toEqual({
      "me Apply": [".spec.replicas"],
    });
  });

  test("follows an applier to another version and forgets versions that are gone", () => {
    const old = new Server().apply("me", { spec: { replicas: 1, paused: true } });
    const text = JSON.stringify(old.object).replaceAll("apps/v1", "apps/v1beta1");
    const live = { ...(JSON.parse(text) as JsonObject), ...typeMeta };
    const rename = (object: JsonObject): JsonObject => object;
    const other = {
      apiVersion: "apps/v1beta1",
      schema: workloadSchema,
      resetFields: {},
      toVersion: rename,
      fromVersion: rename,
    };
    const applied = { ...typeMeta, metadata: { name: "web" }, spec: { replicas: 1 } };
    const options = { live, applied, manager: "me", force: false, time: TIMES[1] as string };
    const served = decode(applyPatch({ ...options, type: { ...type, otherVersions: [other] } }).object);
    expect(served).toMatchObject({ spec: { replicas: 1 } });
    expect(served["spec"]).not.toHaveProperty("paused");
    const gone = decode(applyPatch({ ...options, type }).object);
    expect(gone).toMatchObject({
      spec: { replicas: 1, paused: true },
      metadata: { managedFields: [{ apiVersion: "apps/v1" }] },
    });
  });
});

describe("apply refuses", () => {
  const metadata = { name: "web", namespace: "default" };
  const describeObject = "failed to create typed patch object (default/web; apps/v1, Kind=Workload): ";
  test.each<[config: object, code: number, message: string]>([
    [{ kind: "Other" }, 400, "invalid object type: apps/v1, Kind=Other"],
    [{ apiVersion: "v1" }, 400, "invalid object type: /v1, Kind=Workload"],
    [{ metadata: { ...metadata, managedFields: [] } }, 400, "metadata.managedFields must be nil"],
    [{ spec: { foo: 1 } }, 500, `${describeObject}.spec.foo: field not declared in schema`],
    [
      { spec: { replicas: "x" } },
      500,
      `${describeObject}.spec.replicas: expected numeric (int or float), got string`,
    ],
    [{ spec: { paused: 1 } }, 500, `${describeObject}.spec.paused: expected boolean, got &{1}`],
    [{ spec: { strategy: [] } }, 500, `${describeObject}.spec.strategy: expected map, got &{[]}`],
    [{ spec: { containers: {} } }, 500, `${describeObject}.spec.containers: expected list, got &{map[]}`],
    [
      { spec: { containers: [{ name: "a" }, { name: "a" }] } },
      500,
      `${describeObject}.spec.containers: duplicate entries for key [name="a"]`,
    ],
    [
      { spec: { containers: [5] } },
      500,
      `${describeObject}.spec.containers: element 0: associative list with keys may not have non-map elements`,
    ],
    [
      { metadata: { ...metadata, finalizers: [{}] } },
      500,
      `${describeObject}.metadata.finalizers: element 0: associative list without keys has an element that's a map type`,
    ],
    [
      { spec: { replicas: "x", paused: 1 } },
      500,
      `${describeObject}errors:\n  .spec.replicas: expected numeric (int or float), got string\n  .spec.paused: expected boolean, got &{1}`,
    ],
  ])("%j", (config, code, message) => {
    const applied = { ...typeMeta, metadata, ...config };
    const error = failureOf(() =>
      applyPatch({ type, live: undefined, applied, manager: "me", force: false, time: "" }),
    );
    expect([error.status.code, error.message]).toEqual([code, message]);
  });

  test("nothing for managed fields that count as absent, and keeps none of them", () => {
    const server = new Server().apply("me", { metadata: { managedFields: [null] } });
    expect(server.object).not.toHaveProperty("metadata.managedFields");
    expect(server.apply("me", { spec: { replicas: 1 } }).entries).toHaveLength(1);
  });

  test("what is empty or nested too deeply", () => {
    const options = { type, live: undefined, manager: "me", force: false, time: "" };
    expect(() => applyPatch({ ...options, applied: null })).toThrow("invalid object type: /, Kind=");
    const config: unknown = JSON.parse(`${'{"a":'.repeat(2000)}{}${"}".repeat(2000)}`);
    expect(() => applyPatch({ ...options, applied: { ...typeMeta, spec: { config } } })).toThrow(
      "exceeded max depth",
    );
  });

  test("managed fields that cannot be read", () => {
    const live = decode({ metadata: { name: "web", managedFields: [{ operation: "Patch" }] } });
    const error = failureOf(() =>
      applyPatch({ type, live, applied: typeMeta, manager: "me", force: false, time: "" }),
    );
    expect(error.message).toBe("failed to decode managed fields: operation must be `Apply` or `Update`");
  });
});

describe("kubectl turning from client-side to server-side apply", () => {
  const last = { ...typeMeta, metadata: { name: "web" }, spec: { replicas: 1, paused: true } };
  const live = (): Server =>
    new Server().update("kubectl-client-side-apply", () => ({
      ...last,
      metadata: { name: "web", annotations: { [LAST_APPLIED_ANNOTATION]: JSON.stringify(last) } },
    }));

  test("takes over what it has applied before, and keeps the annotation", () => {
    const server = live().apply("kubectl", { spec: { replicas: 2, paused: true } });
    expect(server.spec["replicas"]).toBe(2);
    const { annotations } = (server.object as JsonObject)["metadata"] as {
      annotations: Record<string, string>;
    };
    expect(annotations[LAST_APPLIED_ANNOTATION]).toBe(
      '{"apiVersion":"apps/v1","kind":"Workload","metadata":{"name":"web"},"spec":{"paused":true,"replicas":2}}\n',
    );
  });

  test("does not take over what somebody has changed since, nor does anybody else", () => {
    const changed = live().update("someone", (object) => ({
      ...object,
      spec: { replicas: 9, paused: true },
    }));
    expect(failureOf(() => changed.apply("kubectl", { spec: { replicas: 2, paused: false } })).message).toBe(
      'Apply failed with 1 conflict: conflict with "someone" using apps/v1: .spec.replicas',
    );
    expect(failureOf(() => live().apply("me", { spec: { replicas: 2 } })).status.code).toBe(409);
  });
});

describe("laws of apply", () => {
  const container = fc.record(
    {
      name: fc.constantFrom("a", "b", "c"),
      image: fc.constantFrom("1", "2"),
      args: fc.array(fc.constantFrom("x", "y"), { maxLength: 2 }),
    },
    { requiredKeys: ["name"] },
  );
  const config = fc.record(
    {
      metadata: fc.record(
        {
          name: fc.constant("web"),
          labels: fc.dictionary(fc.constantFrom("p", "q", "r"), fc.constantFrom("1", "2")),
        },
        { requiredKeys: ["name"] },
      ),
      spec: fc.record(
        {
          replicas: fc.nat(3),
          strategy: fc.record({ type: fc.constantFrom("A", "B") }, { requiredKeys: [] }),
          containers: fc.uniqueArray(container, { selector: ({ name }) => name }),
        },
        { requiredKeys: [] },
      ),
    },
    { requiredKeys: [] },
  );

  test("applying the same configuration again changes nothing", () => {
    fc.assert(
      fc.property(config, config, (first, second) => {
        const server = new Server().apply("other", first).apply("me", second, { force: true });
        const before = server.object;
        expect(server.apply("me", second).object).toEqual(before as JsonObject);
      }),
    );
  });

  test("appliers of different fields never conflict, in whatever order they come", () => {
    fc.assert(
      fc.property(config, config, ({ spec = {} }, { metadata = { name: "web" } }) => {
        const one = new Server().apply("one", { spec }).apply("two", { metadata });
        const two = new Server().apply("two", { metadata }).apply("one", { spec });
        const strip = ({ object }: Server): JsonObject => withoutManagedFields(object as JsonObject);
        expect(strip(one)).toEqual(strip(two));
      }),
    );
  });

  test("an empty configuration takes away exactly what only its manager owned", () => {
    fc.assert(
      fc.property(config, config, (mine, theirs) => {
        const alone = new Server().apply("them", theirs);
        const together = new Server().apply("them", theirs).apply("me", mine, { force: true });
        const kept = together.owners["them Apply"] ?? [];
        together.apply("me", {});
        expect(together.owners["them Apply"] ?? []).toEqual(kept);
        expect(together.owners["me Apply"]).toBeUndefined();
        // Where nothing was taken by force, all is as if the manager had never come.
        if (kept.length === (alone.owners["them Apply"] ?? []).length) {
          expect(contentOf(together)).toEqual(contentOf(alone));
        }
      }),
    );
  });
});

/** Labels and spec; nobody owns the order of containers. */
function contentOf({ object, spec }: Server): object {
  const { labels } = (object as { metadata: { labels?: object } }).metadata;
  const containers = (spec["containers"] as { name: string }[]).toSorted((a, b) =>
    a.name < b.name ? -1 : 1,
  );
  return { labels, spec: { ...spec, containers } };
}
