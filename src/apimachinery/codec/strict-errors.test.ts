import { describe, expect, test } from "bun:test";
import { aScalar, aStruct } from "#testing/schema.ts";
import { findStrictErrors } from "./strict-errors.ts";

const spec = { ...aStruct("", { known: aScalar("string") }), lenient: true };
const metadata = aStruct("ObjectMeta", { name: aScalar("string") });
const lenient = { ...aStruct("Widget", { metadata, spec }), lenient: true };

describe("findStrictErrors, by a lenient schema", () => {
  test("tells of duplicates first, wherever they are, and then of unknown fields by their names", () => {
    const text = `{
      "z": {"deep": {"a": 1, "a": 2}, "list": [{"b": 1, "b": 2}]},
      "spec": {"known": "x", "known": "y", "y": 1, "x": 1, "x": 2},
      "metadata": {"name": "a", "foo": 1}
    }`;
    expect(findStrictErrors(lenient, text)).toEqual([
      'duplicate field "z.deep.a"',
      'duplicate field "z.list[0].b"',
      'duplicate field "spec.known"',
      'duplicate field "spec.x"',
      'unknown field "metadata.foo"',
      'unknown field "spec.x"',
      'unknown field "spec.y"',
      'unknown field "z"',
    ]);
  });
});
