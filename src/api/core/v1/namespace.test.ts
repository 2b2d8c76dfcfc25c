import { describe, expect, test } from "bun:test";
import { errorTexts, rowOf, someWrite } from "#testing/kinds.ts";
import { aNamespace } from "#testing/objects.ts";
import type { Namespace } from "../../generated/core-v1.ts";
import { namespace } from "./namespace.ts";

const bare: Namespace = {
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name: "web", uid: "u" },
  spec: {},
};

test("defaults are the label with the name and the phase", () => {
  const filled = namespace.setDefaults?.(bare);
  expect(filled).toEqual({
    ...bare,
    metadata: { name: "web", uid: "u", labels: { "kubernetes.io/metadata.name": "web" } },
    status: { phase: "Active" },
  });
  expect(namespace.setDefaults?.(filled ?? bare)).toBe(filled);
});

test("a new namespace is active and keeps its contents until they are deleted", () => {
  const created = namespace.prepareForCreate?.(
    { ...bare, spec: { finalizers: ["a.com/b"] }, status: { phase: "Terminating" } },
    someWrite,
  );
  expect(created).toEqual({
    ...bare,
    metadata: { name: "web", uid: "u", labels: { "kubernetes.io/metadata.name": "web" } },
    spec: { finalizers: ["a.com/b", "kubernetes"] },
    status: { phase: "Active" },
  });
  expect(namespace.prepareForCreate?.(aNamespace("web"), someWrite)).toMatchObject({
    spec: { finalizers: ["kubernetes"] },
  });
});

describe("finalizers", () => {
  const NOT_STANDARD = "name is neither a standard finalizer name nor is it fully qualified";

  test("are left alone by an update", () => {
    const previous = aNamespace("web");
    expect(namespace.prepareForUpdate?.(bare, previous, someWrite).spec).toBe(previous.spec);
  });

  test("must be standard or qualified", () => {
    expect(namespace.validate?.(aNamespace("web", { finalizers: ["kubernetes", "a.com/b"] }))).toEqual([]);
    const errors = errorTexts(namespace.validate?.(aNamespace("web", { finalizers: ["mine"] })));
    expect(errors).toEqual([`spec.finalizers: Invalid value: "mine": ${NOT_STANDARD}`]);
  });

  test("change through the finalize subresource alone, which leaves the status", () => {
    const finalize = namespace.updateSubresources?.["finalize"];
    const previous = aNamespace("web");
    const next: Namespace = { ...bare, spec: { finalizers: ["mine"] }, status: { phase: "Terminating" } };
    expect(finalize?.prepareForUpdate(next, previous, someWrite)).toEqual({
      ...next,
      status: { phase: "Active" },
    });
    expect(errorTexts(finalize?.validateUpdate(next, previous))).toEqual([
      `spec.finalizers[0]: Invalid value: "mine": ${NOT_STANDARD}`,
    ]);
  });
});

test("the phase says whether the namespace is being deleted", () => {
  const active = aNamespace("web");
  const deleted = { ...active, metadata: { ...active.metadata, deletionTimestamp: "2026-01-31T10:00:00Z" } };
  const check = (metadata: Namespace["metadata"], phase: "Active" | "Terminating") =>
    errorTexts(namespace.validateStatusUpdate?.({ ...active, metadata, status: { phase } }, active));
  expect(check(active.metadata, "Active")).toEqual([]);
  expect(check(deleted.metadata, "Terminating")).toEqual([]);
  expect(check(active.metadata, "Terminating")).toEqual([
    "status.Phase: Invalid value: \"Terminating\": may only be 'Active' if `deletionTimestamp` is empty",
  ]);
  expect(check(deleted.metadata, "Active")).toEqual([
    "status.Phase: Invalid value: \"Active\": may only be 'Terminating' if `deletionTimestamp` is not empty",
  ]);
});

test("names are DNS labels, and tables and selectors show the phase", () => {
  expect(namespace.validateName?.("a.b", false)).not.toEqual([]);
  const object = aNamespace("web");
  expect(rowOf(namespace, object)).toEqual({ Name: "web", Status: "Active", Age: "<unknown>" });
  expect(namespace.selectableFields?.["status.phase"]?.(object)).toBe("Active");
});
