import { describe, expect, test } from "bun:test";
import type { ManagedFieldsEntry } from "../generated/meta-v1.ts";
import {
  capUpdaters,
  formatManagedFields,
  type ManagedFields,
  managerId,
  parseManagedFields,
} from "./managed-fields.ts";

const fields = (...names: readonly string[]): ManagedFieldsEntry["fieldsV1"] =>
  Object.fromEntries(names.map((name) => [`f:${name}`, {}]));

/** `Update a@v1 12 a b`: operation, manager, version, minute, fields. */
function anEntry(text: string): ManagedFieldsEntry {
  const [operation = "", who = "", minute = "-", ...owned] = text.split(" ");
  const [manager = "", apiVersion = "v1"] = who.split("@");
  return {
    manager,
    operation,
    apiVersion,
    ...(minute !== "-" && { time: `2001-01-01T01:${minute.padStart(2, "0")}:00Z` }),
    fieldsType: "FieldsV1",
    fieldsV1: fields(...owned),
  };
}

function read(entries: readonly string[]): ManagedFields {
  return parseManagedFields(entries.map(anEntry));
}

function write(managed: ManagedFields): readonly string[] {
  return formatManagedFields(managed).map(({ operation = "", manager = "", apiVersion, time, fieldsV1 }) => {
    const minute = time === undefined || time === null ? "-" : String(Number(time.slice(14, 16)));
    const owned = Object.keys(fieldsV1 ?? {}).map((field) => field.slice(2));
    const who = apiVersion === "v1" ? manager : `${manager}@${String(apiVersion)}`;
    return [operation, who, minute, ...owned].join(" ");
  });
}

describe("parseManagedFields", () => {
  const entry = anEntry("Apply foo - field");

  test.each<[change: object, message: string]>([
    [{ fieldsType: "FieldsV2" }, 'invalid fieldsType "FieldsV2" in managed fields entry 1'],
    [{ fieldsType: undefined }, "missing fieldsType in managed fields entry 1"],
    [{ fieldsType: "" }, "missing fieldsType in managed fields entry 1"],
    [{ apiVersion: undefined }, "apiVersion must not be empty"],
    [{ operation: "Invalid" }, "operation must be `Apply` or `Update`"],
    [{ operation: undefined }, "operation must be `Apply` or `Update`"],
  ])("refuses %j", (change, message) => {
    expect(() => parseManagedFields([entry, { ...entry, ...change }])).toThrow(message);
  });

  test.each([[null], [undefined], [[]]])("takes %j for nothing", (none) => {
    expect(parseManagedFields(none).size).toBe(0);
  });
});

describe("managed fields", () => {
  test.each<[what: string, fieldsV1: object, more?: ManagedFieldsEntry]>([
    ["values", { "v:3": { "f:alsoPi": {} }, "v:3.1415": { "f:pi": {} }, "v:false": { "f:notTrue": {} } }],
    ["an index", { "i:5": { "f:i": {} } }],
    ["keys", { "f:spec": { "f:containers": { 'k:{"name":"c"}': { "f:image": {}, "f:name": {} } } } }],
    ["members with others below", { "f:ports": { ".": {}, "i:0": { "f:containerPort": {} } } }],
    ["a subresource", { "f:spec": { "f:replicas": {} } }, { subresource: "scale" }],
    ["a time", { "f:spec": {} }, { time: "2011-12-13T14:15:16Z" }],
    ["no name", { "f:spec": {} }, { manager: undefined } as unknown as ManagedFieldsEntry],
  ])("come back with %s", (_what, fieldsV1, more = {}) => {
    const entries = [{ ...anEntry("Update foo -"), fieldsV1, ...more }];
    const formatted = formatManagedFields(parseManagedFields(entries));
    expect(JSON.parse(JSON.stringify(formatted))).toEqual(JSON.parse(JSON.stringify(entries)));
    expect(JSON.stringify(formatted[0]?.fieldsV1)).toBe(JSON.stringify(fieldsV1));
  });

  test("are of one manager with the same name, operation, version and subresource", () => {
    const update = { name: "foo", operation: "Update", apiVersion: "v1", subresource: "" } as const;
    const apply = { ...update, operation: "Apply" } as const;
    expect(managerId(update)).not.toBe(managerId({ ...update, apiVersion: "v2" }));
    expect(managerId(apply)).toBe(managerId({ ...apply, apiVersion: "v2" }));
    expect(managerId(apply)).not.toBe(managerId({ ...apply, subresource: "scale" }));
    expect(managerId(apply)).not.toBe(managerId(update));
  });

  test.each<[what: string, entries: readonly string[]]>([
    ["appliers first", ["Apply a -", "Update a 1"]],
    ["those without a time before others", ["Apply a -", "Apply b -", "Apply c 1"]],
    ["the newest last", ["Apply a -", "Apply b -", "Update c 1", "Update d 2"]],
    ["names where the times are the same", ["Update c 1", "Update d 1"]],
    ["versions after names", ["Update c 1", "Update c@v2 1", "Update d 1"]],
    [
      "everything",
      [
        "Apply a -",
        "Apply b -",
        "Apply g -",
        "Apply h -",
        "Update c 1",
        "Update d 2",
        "Update f 2",
        "Update e 3",
      ],
    ],
  ])("are sorted by %s", (_what, entries) => {
    expect(write(read(entries.toReversed()))).toEqual([...entries]);
  });

  test("are sorted by subresource in the end", () => {
    const entry = anEntry("Apply a -");
    const entries = ["status", "scale", ""].map((subresource) => ({ ...entry, subresource }));
    const sorted = formatManagedFields(parseManagedFields(entries));
    expect(sorted.map(({ subresource = "" }) => subresource)).toEqual(["", "scale", "status"]);
  });
});

describe("capUpdaters, with seven of other versions that are younger", () => {
  const others = Array.from({ length: 7 }, (_, index) => `Update other@w${String(index)} 30 z`);

  test.each<[what: string, entries: readonly string[], capped: readonly string[]]>([
    [
      "one version",
      ["Update m1 1 a", "Update m2 2 b", "Update m3 3 c", "Update m4 4 d"],
      ["Update ancient-changes 2 a b", "Update m3 3 c", "Update m4 4 d"],
    ],
    [
      "one version again",
      ["Update ancient-changes 2 a b", "Update m3 3 c", "Update m4 4 d", "Update m5 5 e"],
      ["Update ancient-changes 3 a b c", "Update m4 4 d", "Update m5 5 e"],
    ],
    [
      "two versions",
      ["Update m1 1 a", "Update m2@v2 2 b", "Update m3 3 c", "Update m4 4 d", "Update m5 5 e"],
      ["Update m2@v2 2 b", "Update ancient-changes 4 a c d", "Update m5 5 e"],
    ],
    [
      "three versions",
      [
        "Update m2@v2 2 b",
        "Update ancient-changes 4 a c d",
        "Update m5 5 e",
        "Update m6@v3 6 f",
        "Update m7@v2 7 g",
      ],
      ["Update ancient-changes 5 a c d e", "Update m6@v3 6 f", "Update ancient-changes@v2 7 b g"],
    ],
    [
      "three versions again",
      [
        "Update ancient-changes 5 a c d e",
        "Update m6@v3 6 f",
        "Update ancient-changes@v2 7 b g",
        "Update m8@v3 8 h",
      ],
      [
        "Update ancient-changes 5 a c d e",
        "Update ancient-changes@v2 7 b g",
        "Update ancient-changes@v3 8 f h",
      ],
    ],
    [
      "nothing where each has its own version",
      ["Update ancient-changes 5 a", "Update m6@v3 6 f", "Update ancient-changes@v2 7 b", "Update m8@v4 8 h"],
      ["Update ancient-changes 5 a", "Update m6@v3 6 f", "Update ancient-changes@v2 7 b", "Update m8@v4 8 h"],
    ],
    [
      "an older one than those that have been put together",
      ["Update m1 1 a", "Update ancient-changes 2 b", "Update m3 3 c", "Update m4 4 d"],
      ["Update ancient-changes 2 a b", "Update m3 3 c", "Update m4 4 d"],
    ],
    [
      "appliers, who do not count",
      ["Apply m1 1 a", "Update m2 2 b", "Update m3 3 c", "Update m4 4 d"],
      ["Apply m1 1 a", "Update m2 2 b", "Update m3 3 c", "Update m4 4 d"],
    ],
  ])("puts together the oldest of %s", (_what, entries, capped) => {
    const managed = capUpdaters(read([...entries, ...others]));
    expect(write(managed)).toEqual([...capped, ...others]);
    expect(capUpdaters(managed)).toEqual(managed);
  });
});
