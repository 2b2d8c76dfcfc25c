import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { aListOf, aMapOf, aScalar, aStruct } from "#testing/schema.ts";
import { someStruct, valuesOf } from "#testing/schema-values.ts";
import { equalJson, type JsonObject } from "../json-value.ts";
import type { ObjectSchema } from "../schema.ts";
import { NOTHING_LEFT_OUT } from "./created-fields.ts";
import { difference, EMPTY_SET, type FieldSet, recursiveDifference } from "./field-set.ts";
import { saysExactly } from "./says-exactly.ts";
import { toFieldSet } from "./to-field-set.ts";
import { validateTyped } from "./validate-typed.ts";

interface Case {
  readonly schema: ObjectSchema;
  readonly value: JsonObject;
  readonly other: JsonObject;
}

const SET = { listType: "set" } as const;

const odd = fc.constantFrom({}, []);

/** Two configurations of a schema, with nothing in some of their structures. */
const cases: fc.Arbitrary<Case> = someStruct.chain((schema) => {
  const values = (valuesOf(schema, { odd }) as fc.Arbitrary<JsonObject>).filter(
    (value) => validateTyped(schema, value).length === 0,
  );
  return fc.record({ schema: fc.constant(schema), value: values, other: values });
});

describe("saysExactly", () => {
  test("knows the fields of a configuration", () => {
    fc.assert(
      fc.property(cases, ({ schema, value }) =>
        saysExactly(schema, value, toFieldSet(schema, value), NOTHING_LEFT_OUT),
      ),
    );
  });

  test("takes null for something that is said", () => {
    const schema = aStruct("Thing", {
      map: aMapOf(aScalar("string")),
      list: aListOf(aScalar("string"), SET),
    });
    const value = { map: null, list: null };
    expect(saysExactly(schema, value, toFieldSet(schema, value), NOTHING_LEFT_OUT)).toBe(true);
    expect(saysExactly(schema, value, toFieldSet(schema, { map: null }), NOTHING_LEFT_OUT)).toBe(false);
  });

  test("tells sets apart as they are when they are made", () => {
    fc.assert(
      fc.property(cases, ({ schema, value, other }) => {
        const fields = toFieldSet(schema, other);
        const isSame = equalJson(toFieldSet(schema, value), fields);
        expect(saysExactly(schema, value, fields, NOTHING_LEFT_OUT)).toBe(isSame);
      }),
    );
  });

  test("leaves out trees and paths", () => {
    fc.assert(
      fc.property(cases, cases, ({ schema, value, other }, { other: third }) => {
        const [trees, paths] = [toFieldSet(schema, other), toFieldSet(schema, third)];
        const all: FieldSet = toFieldSet(schema, value);
        const rest = difference(recursiveDifference(all, trees), paths);
        const leftOut = { trees, paths };
        expect(saysExactly(schema, value, rest, leftOut)).toBe(true);
        expect(saysExactly(schema, value, all, leftOut)).toBe(equalJson(all, rest));
        expect(saysExactly(schema, value, EMPTY_SET, leftOut)).toBe(equalJson(EMPTY_SET, rest));
      }),
    );
  });
});
