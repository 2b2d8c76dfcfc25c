import { describe, expect, test } from "bun:test";
import { workloadSchema } from "#testing/workload-schema.ts";
import { Codec } from "../codec/codec.ts";
import type { JsonObject } from "../json-value.ts";
import { StatusError } from "../status-error.ts";
import { applyPatch } from "./apply-patch.ts";
import type { FieldManagerType } from "./field-manager.ts";
import { LAST_APPLIED_ANNOTATION } from "./last-applied.ts";
import { trackUpdate } from "./track-update.ts";

const gvk = { group: "apps", version: "v1", kind: "Workload" };
const typeMeta = { apiVersion: "apps/v1", kind: "Workload" };
const type: FieldManagerType = { ...typeMeta, schema: workloadSchema };
const codec = new Codec();
const TIME = "2026-01-01T00:00:00Z";

interface Fields {
  readonly labels?: Readonly<Record<string, string>>;
  readonly spec: object;
}

function anObject({ labels, spec }: Fields, annotations?: Readonly<Record<string, string>>): JsonObject {
  const metadata = { name: "web", ...(labels && { labels }), ...(annotations && { annotations }) };
  return codec.decode(workloadSchema, { ...typeMeta, metadata, spec }, { gvk, fieldValidation: "Ignore" })
    .object;
}

/** As kubectl has left it. */
function appliedBefore(fields: Fields, lastApplied: string): JsonObject {
  const next = anObject(fields, { [LAST_APPLIED_ANNOTATION]: lastApplied });
  return trackUpdate({ type, live: undefined, next, manager: "kubectl-client-side-apply", time: TIME });
}

function apply(
  live: JsonObject | undefined,
  applied: JsonObject,
  manager: string,
  force = false,
): JsonObject {
  return applyPatch({ type, live, applied, manager, force, time: TIME }).object;
}

function conflictsOf(live: JsonObject, applied: JsonObject, manager: string): readonly string[] {
  try {
    apply(live, applied, manager);
    return [];
  } catch (error) {
    if (!(error instanceof StatusError) || error.status.code !== 409) throw error;
    return error.status.details?.causes?.map(({ field = "" }) => field) ?? [];
  }
}

function annotationOf(object: JsonObject): unknown {
  const { annotations } = object["metadata"] as { annotations?: Record<string, unknown> };
  return annotations?.[LAST_APPLIED_ANNOTATION];
}

const container = (name: string, image: string): object => ({ name, image });

interface Migration {
  readonly what: string;
  readonly manager?: string;
  /** Default: what is there. */
  readonly lastApplied?: object | string;
  readonly live: Fields;
  readonly applied: Fields;
  readonly conflicts: readonly string[];
}

const migrations: readonly Migration[] = [
  {
    what: "does not own what was not in its configuration, or has changed since",
    lastApplied: {
      spec: {
        replicas: 3,
        selector: { app: "a" },
        containers: [container("c", "v1"), container("c2", "v1")],
      },
    },
    live: {
      labels: { app: "a" },
      spec: { replicas: 100, selector: { app: "a" }, containers: [container("c", "v2")] },
    },
    applied: {
      labels: { app: "b" },
      spec: { replicas: 333, selector: { app: "b" }, containers: [container("c", "new")] },
    },
    conflicts: [".metadata.labels.app", ".spec.replicas", '.spec.containers[name="c"].image'],
  },
  {
    what: "conflicts in what somebody has scaled, though it was its own",
    lastApplied: { metadata: { labels: { app: "a" } }, spec: { replicas: 3, containers: [] } },
    live: { labels: { app: "a" }, spec: { replicas: 100 } },
    applied: { labels: { app: "b" }, spec: { replicas: 3 } },
    conflicts: [".spec.replicas"],
  },
  {
    what: "applies what is there",
    live: { labels: { app: "a" }, spec: { replicas: 100, selector: { app: "a" } } },
    applied: { labels: { app: "a" }, spec: { replicas: 100, selector: { app: "a" } } },
    conflicts: [],
  },
  {
    what: "changes what it has applied",
    live: {
      labels: { app: "a" },
      spec: { replicas: 3, selector: { app: "a" }, containers: [container("c", "1")] },
    },
    applied: {
      labels: { app: "b" },
      spec: { replicas: 333, selector: { app: "b" }, containers: [container("c", "2")] },
    },
    conflicts: [],
  },
  {
    what: "does not migrate for another manager",
    manager: "not_kubectl",
    live: {
      labels: { app: "a" },
      spec: { replicas: 3, selector: { app: "a" }, containers: [container("c", "1")] },
    },
    applied: {
      labels: { app: "b" },
      spec: { replicas: 333, selector: { app: "b" }, containers: [container("c", "2")] },
    },
    conflicts: [
      ".metadata.labels.app",
      ".spec.replicas",
      ".spec.selector",
      '.spec.containers[name="c"].image',
    ],
  },
  {
    what: "removes an atomic map that it has applied",
    live: { spec: { selector: { old: "test" } } },
    applied: { spec: { selector: {} } },
    conflicts: [],
  },
  {
    what: "does not remove an atomic map of another manager",
    manager: "not_kubectl",
    live: { spec: { selector: { old: "test" }, paused: true } },
    applied: { spec: { selector: {}, paused: false } },
    conflicts: [".spec.paused", ".spec.selector"],
  },
  {
    what: "finds list elements by keys that have defaults",
    manager: "not_kubectl",
    live: {
      spec: { containers: [{ name: "c", ports: [{ containerPort: 443, protocol: "TCP", name: "a" }] }] },
    },
    applied: { spec: { containers: [{ name: "c", ports: [{ containerPort: 443, name: "b" }] }] } },
    conflicts: ['.spec.containers[name="c"].ports[containerPort=443,protocol="TCP"].name'],
  },
  {
    what: "does not trust a configuration of another version",
    lastApplied: { apiVersion: "extensions/v1beta1", spec: { replicas: 3 } },
    live: { spec: { replicas: 3 } },
    applied: { spec: { replicas: 100 } },
    conflicts: [".spec.replicas"],
  },
  {
    what: "does not trust a configuration that is no object of the kind",
    lastApplied: { spec: "expect conflict due to invalid object" },
    live: { spec: { replicas: 3 } },
    applied: { spec: { replicas: 100 } },
    conflicts: [".spec.replicas"],
  },
  ...["", "invalid-object", "[]", "null"].map((lastApplied) => ({
    what: `does not trust ${JSON.stringify(lastApplied)}`,
    lastApplied,
    live: { spec: { replicas: 3 } },
    applied: { spec: { replicas: 100 } },
    conflicts: [".spec.replicas"],
  })),
];

describe("kubectl turning from client-side to server-side apply", () => {
  test.each(migrations.map((migration) => [migration.what, migration] as const))("%s", (_what, migration) => {
    const { manager = "kubectl", lastApplied = anObject(migration.live), conflicts } = migration;
    const text =
      typeof lastApplied === "string"
        ? lastApplied
        : JSON.stringify({ ...typeMeta, metadata: { name: "web" }, ...lastApplied });
    const live = appliedBefore(migration.live, text);
    const applied = { ...typeMeta, metadata: { name: "web" }, ...asConfiguration(migration.applied) };
    expect([...conflictsOf(live, applied, manager)].sort()).toEqual([...conflicts].sort());

    const forced = apply(live, applied, manager, true);
    expect(forced).toMatchObject(withoutEmpty(applied));
    const isRefreshed = manager === "kubectl" && text !== "";
    expect(annotationOf(forced) === text).toBe(!isRefreshed);
  });
});

function asConfiguration({ labels, spec }: Fields): JsonObject {
  return { metadata: { name: "web", ...(labels && { labels }) }, spec };
}

/** An empty structure of an object is not written. */
function withoutEmpty(object: JsonObject): JsonObject {
  return JSON.parse(
    JSON.stringify(object, (_key, value: unknown) =>
      typeof value === "object" && value !== null && Object.keys(value).length === 0 ? undefined : value,
    ),
  ) as JsonObject;
}

describe("the annotation of client-side apply", () => {
  const config = (more: object = {}): JsonObject => ({
    ...typeMeta,
    metadata: { name: "web", annotations: { [LAST_APPLIED_ANNOTATION]: "nonempty" } },
    spec: { replicas: 20 },
    ...more,
  });
  const many = (value: string): Record<string, string> =>
    Object.fromEntries(
      Array.from({ length: 3000 }, (_, i) => [`a-very-long-key-of-a-large-map-${String(i)}`, value]),
    );

  test("is brought up to date by kubectl only", () => {
    const other = apply(undefined, config(), "not_kubectl");
    expect(annotationOf(other)).toBe("nonempty");
    const refreshed = apply(other, config(), "kubectl");
    expect(annotationOf(refreshed)).toBe(
      '{"apiVersion":"apps/v1","kind":"Workload","metadata":{"annotations":{},"name":"web"},"spec":{"replicas":20}}\n',
    );
  });

  test("is not made where there is none", () => {
    expect(annotationOf(apply(undefined, { ...typeMeta, spec: { replicas: 1 } }, "kubectl"))).toBeUndefined();
  });

  test.each<[what: string, large: object]>([
    ["itself", { spec: { config: many("x".repeat(100)) } }],
    [
      "together with others",
      {
        metadata: {
          name: "web",
          annotations: { ...many("x".repeat(20)), [LAST_APPLIED_ANNOTATION]: "nonempty" },
        },
        spec: { config: many("x".repeat(20)) },
      },
    ],
  ])("is removed when it is too large %s", (_what, large) => {
    const small = apply(undefined, config(), "kubectl");
    expect(annotationOf(small)).toContain("replicas");
    expect(annotationOf(apply(small, config(large), "kubectl"))).toBeUndefined();
  });
});
