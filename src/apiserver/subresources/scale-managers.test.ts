import { describe, expect, test } from "bun:test";
import { pathSet } from "#apimachinery/apply/field-manager.ts";
import type { ManagedFieldsEntry } from "#apimachinery/generated/meta-v1.ts";
import { fromScaleManagers, toScaleManagers } from "./scale-managers.ts";

const VERSIONS = new Map([["apps/v1", pathSet([["spec", "replicas"]])]]);
const REPLICAS = { "f:spec": { "f:replicas": {} } };
const BOTH = { "f:spec": { "f:replicas": {}, "f:selector": {} } };
const SELECTOR = { "f:spec": { "f:selector": {} } };

function anEntry(
  manager: string,
  operation: "Apply" | "Update",
  fieldsV1: object,
  more: Partial<ManagedFieldsEntry> = {},
): ManagedFieldsEntry {
  return { manager, operation, apiVersion: "apps/v1", fieldsType: "FieldsV1", fieldsV1, ...more };
}

const onScale = { apiVersion: "autoscaling/v1", subresource: "scale" } as const;

/** `scale Update apps/v1 scale replicas` */
function describeEntries(entries: readonly ManagedFieldsEntry[]): readonly string[] {
  return entries
    .map(({ manager = "", operation = "", apiVersion = "", subresource = "", fieldsV1 }) => {
      const fields = JSON.stringify(fieldsV1).includes("selector") ? "selector" : "";
      const replicas = JSON.stringify(fieldsV1).includes("replicas") ? "replicas" : "";
      const texts = [manager, operation, apiVersion, subresource, replicas, fields];
      return texts.filter((text) => text !== "").join(" ");
    })
    .toSorted();
}

describe("toScaleManagers", () => {
  test("shows those who own the replicas", () => {
    const entries = [
      anEntry("a", "Apply", BOTH, { time: "2026-01-01T00:00:00Z" }),
      anEntry("b", "Update", SELECTOR),
      anEntry("c", "Update", REPLICAS, { apiVersion: "apps/v0" }),
      anEntry("d", "Update", REPLICAS, { subresource: "scale" }),
    ];
    const managers = toScaleManagers(entries, VERSIONS);
    expect(describeEntries(managers)).toEqual([
      "a Apply autoscaling/v1 replicas",
      "d Update autoscaling/v1 scale replicas",
    ]);
    expect(managers[0]?.time).toBe("2026-01-01T00:00:00Z");
  });
});

describe("fromScaleManagers", () => {
  const cases: readonly (readonly ["Apply" | "Update", string, "Apply" | "Update"])[] = [
    ["Apply", "scaler", "Update"],
    ["Apply", "scaler", "Apply"],
    ["Update", "scaler", "Update"],
    ["Update", "scaler", "Apply"],
    ["Apply", "owner", "Apply"],
    ["Update", "owner", "Update"],
    ["Update", "owner", "Apply"],
    ["Apply", "owner", "Update"],
  ];
  test.each(cases)("gives the replicas of an %s to %s by %s", (before, scaler, after) => {
    const parent = [anEntry("owner", before, BOTH)];
    const scale = [anEntry(scaler, after, REPLICAS, onScale)];
    expect(describeEntries(fromScaleManagers(parent, scale, VERSIONS))).toEqual(
      [`owner ${before} apps/v1 selector`, `${scaler} ${after} apps/v1 scale replicas`].toSorted(),
    );
  });

  test("leaves everything as it was when the owner has not changed", () => {
    const parent = [anEntry("owner", "Update", BOTH), anEntry("other", "Apply", SELECTOR)];
    const scale = toScaleManagers(parent, VERSIONS);
    expect(describeEntries(fromScaleManagers(parent, scale, VERSIONS))).toEqual(describeEntries(parent));
  });

  test("drops those who own nothing any more, and versions that are gone", () => {
    const parent = [
      anEntry("owner", "Update", REPLICAS),
      anEntry("old", "Update", SELECTOR, { apiVersion: "apps/v0" }),
    ];
    const scale = [anEntry("scaler", "Update", REPLICAS, onScale)];
    expect(describeEntries(fromScaleManagers(parent, scale, VERSIONS))).toEqual([
      "scaler Update apps/v1 scale replicas",
    ]);
  });

  test("lets nobody own the replicas when nobody does", () => {
    const parent = [anEntry("owner", "Update", BOTH)];
    expect(describeEntries(fromScaleManagers(parent, [], VERSIONS))).toEqual([
      "owner Update apps/v1 selector",
    ]);
  });

  test("finds the replicas where each version has them", () => {
    const paths = new Map([
      ["example.com/v2", pathSet([["spec", "size", "replicas"]])],
      ["example.com/v1", pathSet([["spec", "count"]])],
      ["example.com/v1alpha1", undefined],
    ]);
    const count = { "f:spec": { "f:count": {} } };
    const parent = [
      anEntry("owner", "Update", count, { apiVersion: "example.com/v1" }),
      anEntry("other", "Update", count, { apiVersion: "example.com/v1alpha1" }),
    ];
    const scale = toScaleManagers(parent, paths);
    expect(scale.map(({ manager, apiVersion }) => [manager, apiVersion])).toEqual([
      ["owner", "autoscaling/v1"],
    ]);
    const stolen = fromScaleManagers(parent, [anEntry("scaler", "Update", REPLICAS, onScale)], paths);
    expect(stolen.map(({ manager, apiVersion, fieldsV1 }) => [manager, apiVersion, fieldsV1])).toEqual([
      ["other", "example.com/v1alpha1", count],
      ["scaler", "example.com/v2", { "f:spec": { "f:size": { "f:replicas": {} } } }],
    ]);
  });

  test("passes over scalers who own something else", () => {
    const parent = [anEntry("owner", "Apply", SELECTOR)];
    const scale = [anEntry("scaler", "Update", { "f:status": { "f:replicas": {} } }, onScale)];
    expect(describeEntries(fromScaleManagers(parent, scale, VERSIONS))).toEqual([
      "owner Apply apps/v1 selector",
    ]);
  });

  test("keeps an applier beside itself on the scale", () => {
    const parent = [anEntry("owner", "Apply", BOTH)];
    const scale = [
      anEntry("owner", "Apply", REPLICAS, { apiVersion: "autoscaling/v1" }),
      anEntry("owner", "Apply", REPLICAS, onScale),
    ];
    expect(describeEntries(fromScaleManagers(parent, scale, VERSIONS))).toEqual([
      "owner Apply apps/v1 replicas selector",
      "owner Apply apps/v1 scale replicas",
    ]);
  });
});
