/** Schemas and values that fit them, for laws that hold for all of them. */
import fc from "fast-check";
import {
  type Field,
  isScalarSchema,
  type ListSchema,
  type ObjectSchema,
  type Schema,
} from "#apimachinery/schema.ts";
import { aField, aListOf, aMapOf, aScalar, aStruct } from "./schema.ts";

const NAMES = ["a", "b", "c"];

/** Structs of everything that a schema can say about fields. What is absent in them is left out. */
export const someStruct: fc.Arbitrary<ObjectSchema> = structOf(2);

function structOf(depth: number): fc.Arbitrary<ObjectSchema> {
  const fields = fc.record(Object.fromEntries(NAMES.map((name) => [name, schemaOf(depth)])), {
    requiredKeys: ["a"],
  });
  return fields.map((each) =>
    aStruct(
      "Some",
      Object.fromEntries(
        Object.entries(each).map(([name, schema = aScalar("string")]) => [name, optional(schema)]),
      ),
    ),
  );
}

function optional(schema: Schema): Omit<Field, "name"> {
  return aField(schema, { presence: "whenSet" });
}

function schemaOf(depth: number): fc.Arbitrary<Schema> {
  const scalar = fc.constantFrom<Schema>(aScalar("string"), aScalar("number"));
  if (depth === 0) return scalar;
  const below = schemaOf(depth - 1);
  return fc.oneof(
    scalar,
    structOf(depth - 1),
    structOf(depth - 1).map((schema): Schema => ({ ...schema, atomic: true })),
    below.map((values) => aMapOf(values)),
    below.map((values) => aMapOf(values, { atomic: true })),
    below.map((items) => aListOf(items)),
    fc.constant(aListOf(aScalar("string"), { listType: "set" })),
    structOf(depth - 1).map(keyedList),
  );
}

/** Elements have a second key with a default. */
function keyedList(element: ObjectSchema): ListSchema {
  const keys: [string, Field][] = [
    ["key", { ...optional(aScalar("string")), name: "key" }],
    ["kind", { ...optional(aScalar("string")), name: "kind", default: "x" }],
  ];
  const items = { ...element, fields: new Map([...keys, ...element.fields]) };
  return aListOf(items, { listType: "map", keys: ["key", "kind"] });
}

export interface ValuesOptions {
  /** What is found now and then in any place. */
  readonly odd?: fc.Arbitrary<unknown>;
  /** Whether lists with keys and sets may have elements that cannot be told apart. */
  readonly duplicates?: boolean;
}

/** Values of a schema. Nothing in them is empty or null, unless something odd is. */
export function valuesOf(schema: Schema, options: ValuesOptions = {}): fc.Arbitrary<unknown> {
  const { odd } = options;
  const wellFormed = formedAs(schema, options);
  return odd === undefined
    ? wellFormed
    : fc.oneof({ weight: 8, arbitrary: wellFormed }, { weight: 1, arbitrary: odd });
}

function formedAs(schema: Schema, options: ValuesOptions): fc.Arbitrary<unknown> {
  if (isScalarSchema(schema))
    return schema.type === "string" ? fc.constantFrom("x", "y") : fc.constantFrom(1, 2);
  switch (schema.type) {
    case "object":
      return structValues(schema, options);
    case "map":
      return fc.dictionary(fc.constantFrom(...NAMES, "1"), valuesOf(schema.values, options), { minKeys: 1 });
    case "list":
      return listValues(schema, options);
    case "any":
    case "alternatives":
      return anything;
  }
}

const { anything } = fc.letrec<{ anything: unknown }>((tie) => ({
  anything: fc.oneof(
    { depthSize: "small" },
    fc.constantFrom<unknown>("x", 1, true),
    fc.array(tie("anything"), { minLength: 1, maxLength: 2 }),
    fc.dictionary(fc.constantFrom(...NAMES), tie("anything"), { minKeys: 1 }),
  ),
}));

function structValues({ fields }: ObjectSchema, options: ValuesOptions): fc.Arbitrary<unknown> {
  const values = [...fields.values()].map((field) => [field.name, valuesOf(field.schema, options)] as const);
  const [first = "a"] = fields.keys();
  return fc.record(Object.fromEntries(values), { requiredKeys: [first] });
}

function listValues(
  { items, listType, keys }: ListSchema,
  options: ValuesOptions,
): fc.Arbitrary<readonly unknown[]> {
  const length = { minLength: 1, maxLength: 3 };
  const values = valuesOf(items, options);
  if (listType === "atomic" || options.duplicates === true) return fc.array(values, length);
  const keyOf = (value: unknown): string => {
    const { key, kind = "x" } = value as { readonly key: string; readonly kind?: string };
    return `${key}/${kind}`;
  };
  return fc.uniqueArray(values, { ...length, selector: (value) => (keys.length > 0 ? keyOf(value) : value) });
}
