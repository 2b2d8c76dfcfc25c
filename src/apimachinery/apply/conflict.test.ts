import { describe, expect, test } from "bun:test";
import { type Conflict, conflictError } from "./conflict.ts";
import type { Manager } from "./managed-fields.ts";
import { fieldElement, keyElement } from "./path-element.ts";

const foo: Manager = { name: "foo", operation: "Update", apiVersion: "v1", subresource: "" };
const bar: Manager = { name: "bar", operation: "Apply", apiVersion: "v1", subresource: "" };

const conflict = (manager: Manager, ...path: readonly string[]): Conflict => ({
  manager,
  path: path.map(fieldElement),
});

describe("conflictError", () => {
  test.each<[conflicts: readonly Conflict[], message: string, causes: readonly string[]]>([
    [
      [conflict(foo, "spec", "replicas")],
      'Apply failed with 1 conflict: conflict with "foo" using v1: .spec.replicas',
      ['conflict with "foo" using v1 .spec.replicas'],
    ],
    [
      [conflict({ ...foo, subresource: "scale" }, "spec", "replicas")],
      'Apply failed with 1 conflict: conflict with "foo" with subresource "scale" using v1: .spec.replicas',
      ['conflict with "foo" with subresource "scale" using v1 .spec.replicas'],
    ],
    [
      [conflict(foo, "spec", "replicas"), conflict(bar, "metadata", "labels", "app")],
      'Apply failed with 2 conflicts: conflicts with "bar":\n- .metadata.labels.app\nconflicts with "foo" using v1:\n- .spec.replicas',
      ['conflict with "foo" using v1 .spec.replicas', 'conflict with "bar" .metadata.labels.app'],
    ],
    [
      [
        {
          manager: { ...bar, name: 'a"b' },
          path: [fieldElement("list"), keyElement({ name: "x", port: 1 })],
        },
      ],
      'Apply failed with 1 conflict: conflict with "a\\"b": .list[name="x",port=1]',
      ['conflict with "a\\"b" .list[name="x",port=1]'],
    ],
  ])("%#", (conflicts, message, causes) => {
    const { status } = conflictError(conflicts);
    expect(status).toMatchObject({ code: 409, reason: "Conflict", status: "Failure", message });
    expect(status.details?.causes?.map(({ message: why = "", field = "" }) => `${why} ${field}`)).toEqual([
      ...causes,
    ]);
    expect(status.details?.causes?.[0]?.reason).toBe("FieldManagerConflict");
  });
});
