import { describe, expect, test } from "bun:test";
import { workloadSchema } from "#testing/workload-schema.ts";
import { Codec } from "../codec/codec.ts";
import type { ManagedFieldsEntry } from "../generated/meta-v1.ts";
import type { JsonObject } from "../json-value.ts";
import type { FieldManagerType } from "./field-manager.ts";
import { pathsOf } from "./field-set.ts";
import { parseFieldsV1 } from "./fields-v1.ts";
import { formatPath } from "./path-element.ts";
import { keepTimes, type TrackUpdateOptions, trackUpdate } from "./track-update.ts";

const gvk = { group: "apps", version: "v1", kind: "Workload" };
const type: FieldManagerType = { apiVersion: "apps/v1", kind: "Workload", schema: workloadSchema };
const codec = new Codec();
const T1 = "2026-01-01T00:00:01Z";
const T2 = "2026-01-01T00:00:02Z";

function decode(object: object): JsonObject {
  return codec.decode(workloadSchema, object, { gvk, fieldValidation: "Ignore" }).object;
}

function track(next: object, options: Partial<TrackUpdateOptions> = {}): JsonObject {
  return trackUpdate({ type, live: undefined, next: decode(next), manager: "me", time: T1, ...options });
}

function entriesOf(object: JsonObject): readonly ManagedFieldsEntry[] {
  return (
    (object as { metadata: { managedFields?: readonly ManagedFieldsEntry[] } }).metadata.managedFields ?? []
  );
}

function owners(object: JsonObject): Record<string, string[]> {
  return Object.fromEntries(
    entriesOf(object).map(({ manager = "", subresource = "", fieldsV1 }) => [
      `${manager} ${subresource}`.trim(),
      pathsOf(parseFieldsV1(fieldsV1)).map(formatPath),
    ]),
  );
}

const created = track({
  metadata: { name: "web", uid: "1", labels: { app: "web" } },
  spec: { replicas: 1, containers: [{ name: "a", image: "1" }], selector: { a: "b" } },
  status: { ready: 1 },
});

describe("trackUpdate", () => {
  test("gives all fields to the creator, structures that are new among them", () => {
    expect(entriesOf(created)).toEqual([
      {
        manager: "me",
        operation: "Update",
        apiVersion: "apps/v1",
        time: T1,
        fieldsType: "FieldsV1",
        fieldsV1: {
          "f:metadata": { "f:labels": { ".": {}, "f:app": {} } },
          "f:spec": {
            "f:containers": { 'k:{"name":"a"}': { ".": {}, "f:image": {}, "f:name": {} } },
            "f:replicas": {},
            "f:selector": {},
          },
        },
      },
    ]);
  });

  test("moves changed fields to who changed them and drops removed ones", () => {
    const next = { ...created, spec: { replicas: 2, containers: [{ name: "a", image: "1" }] } };
    const updated = track(next, { live: created, manager: "you", time: T2 });
    expect(owners(updated)).toEqual({
      me: [
        ".metadata.labels",
        ".metadata.labels.app",
        '.spec.containers[name="a"]',
        '.spec.containers[name="a"].image',
        '.spec.containers[name="a"].name',
      ],
      you: [".spec.replicas"],
    });
  });

  test("keeps one entry for each manager and sets its time only for a change", () => {
    const changed = track(
      { ...created, spec: { ...(created["spec"] as object), paused: true } },
      { live: created, time: T2 },
    );
    expect(entriesOf(changed)).toMatchObject([{ manager: "me", time: T2 }]);
    const same = track(changed, { live: changed, time: "2026-01-01T00:00:03Z" });
    expect(same).toEqual(changed);
    expect(track(changed, { live: changed, manager: "you", time: T2 })).toEqual(changed);
  });

  test("tells subresources apart", () => {
    const subresource = { ...type, subresource: "status" };
    const next = { ...created, status: { ready: 2 }, spec: { ...(created["spec"] as object), replicas: 7 } };
    const updated = track(next, { live: created, type: subresource, manager: "kubelet", time: T2 });
    expect(owners(updated)["kubelet status"]).toEqual([".status.ready"]);
    expect(owners(updated)["me"]).toEqual(owners(created)["me"] as string[]);
  });

  test("lets clients write managed fields, but not through a subresource", () => {
    const [entry] = entriesOf(created);
    const renamed = {
      ...created,
      metadata: { ...(created["metadata"] as object), managedFields: [{ ...entry, manager: "new" }] },
    };
    expect(Object.keys(owners(track(renamed, { live: created })))).toEqual(["new"]);
    expect(
      Object.keys(owners(track(renamed, { live: created, type: { ...type, subresource: "status" } }))),
    ).toEqual(["me"]);
  });

  test.each([
    ["absent", undefined],
    ["unreadable", [{ manager: "x" }]],
  ])("%s managed fields of a request leave the live ones", (_name, managedFields) => {
    const next = { ...created, metadata: { name: "web", uid: "1", labels: { app: "web" }, managedFields } };
    expect(owners(track(next, { live: created }))).toEqual(owners(created));
  });

  test("a single empty entry removes all of them, and they stay away", () => {
    const reset = track({ ...created, metadata: { name: "web", managedFields: [{}] } }, { live: created });
    expect(reset["metadata"]).toEqual({ name: "web" });
    expect(entriesOf(track({ ...reset, spec: { paused: true } }, { live: reset }))).toEqual([]);
  });

  test("names a manager without a name", () => {
    expect(Object.keys(owners(track({ spec: { paused: true } }, { manager: "" })))).toEqual(["unknown"]);
  });

  test("follows a structure that has become atomic", () => {
    const fieldsV1 = { "f:spec": { "f:selector": { ".": {}, "f:a": {} } } };
    const entry = {
      manager: "old",
      operation: "Update",
      apiVersion: "apps/v1",
      fieldsType: "FieldsV1",
      fieldsV1,
    };
    const live = { ...created, metadata: { name: "web", uid: "1", managedFields: [entry] } };
    const updated = track(
      { ...live, spec: { ...(created["spec"] as object), selector: { c: "d" } } },
      { live, manager: "new" },
    );
    expect(owners(updated)).toEqual({ new: [".spec.selector"] });
  });

  test("puts the oldest updaters together when there are too many", () => {
    let object = track({ metadata: { name: "web", uid: "1" }, spec: { replicas: 1 } });
    for (let index = 0; index < 14; index++) {
      const metadata = {
        ...(object["metadata"] as object),
        labels: Object.fromEntries(Array.from({ length: index + 1 }, (_, key) => [`l${String(key)}`, "x"])),
      };
      const time = `2026-01-01T00:01:${String(index).padStart(2, "0")}Z`;
      object = track({ ...object, metadata }, { live: object, manager: `m${String(index)}`, time });
    }
    const names = Object.keys(owners(object));
    expect(names).toHaveLength(10);
    expect(names[0]).toBe("ancient-changes");
    const all = Object.values(owners(object)).flat();
    expect(new Set(all).size).toBe(all.length);
    expect(all).toContain(".spec.replicas");
    expect(all.filter((path) => path.startsWith(".metadata.labels."))).toHaveLength(14);
  });
});

describe("list elements with the same key", () => {
  const list = (...images: string[]): JsonObject =>
    decode({
      metadata: { name: "web" },
      spec: { containers: images.map((image) => ({ name: "a", image })) },
    });

  test.each<[before: string[], after: string[], owned: string[]]>([
    [["1"], ["1", "2"], ['.spec.containers[name="a"]']],
    [["1", "2"], ["1", "3"], ['.spec.containers[name="a"]']],
    [
      ["1", "2"],
      ["1"],
      ['.spec.containers[name="a"]', '.spec.containers[name="a"].image', '.spec.containers[name="a"].name'],
    ],
    [["1", "2"], ["1", "2"], []],
  ])("%j to %j", (before, after, owned) => {
    const live = trackUpdate({ type, live: undefined, next: list(...before), manager: "one", time: T1 });
    const updated = trackUpdate({ type, live, next: list(...after), manager: "two", time: T2 });
    expect(owners(updated)["two"] ?? []).toEqual(owned);
  });
});

describe("keepTimes", () => {
  const later = (object: JsonObject): JsonObject =>
    JSON.parse(JSON.stringify(object).replaceAll(T1, T2)) as JsonObject;

  test("takes the times of an object that is otherwise the same", () => {
    expect(keepTimes(created, later(created))).toEqual(created);
  });

  test("leaves an object that is different", () => {
    const next = { ...later(created), status: { ready: 5 } };
    expect(keepTimes(created, next)).toBe(next);
  });
});
