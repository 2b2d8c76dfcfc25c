import { describe, expect, test } from "bun:test";
import { aDefinition, aVersion, errorsOf, under, withVersion } from "#testing/definitions.ts";
import { errorTexts } from "#testing/kinds.ts";
import type { CustomResourceDefinitionVersion, JSONSchemaProps } from "../../generated/apiextensions-v1.ts";
import { customResourceDefinition } from "./customresourcedefinition.ts";

describe("the selectable fields of a definition", () => {
  test.each<{ paths: string[]; want: string[] }>([
    { paths: [".spec.size", ".spec.labels.app"], want: [] },
    {
      paths: [
        "",
        "spec",
        ".spec.none",
        ".spec['size']",
        ".spec.",
        ".spec",
        ".metadata.name",
        ".spec.size",
        ".spec.size",
      ],
      want: [
        "[0].jsonPath: Required value",
        '[1].jsonPath: Invalid value: "spec": is an invalid path: expected [ or . but got: spec',
        '[2].jsonPath: Invalid value: ".spec.none": is an invalid path: does not refer to a valid field',
        "[3].jsonPath: Invalid value: \".spec['size']\": is an invalid path: array notation is not allowed",
        '[4].jsonPath: Invalid value: ".spec.": is an invalid path: unexpected end of JSON path',
        '[5].jsonPath: Invalid value: ".spec": must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.',
        '[6].jsonPath: Invalid value: ".metadata.name": must not point to fields in metadata',
        '[8].jsonPath: Duplicate value: ".spec.size"',
      ],
    },
  ])("judges the selectable fields $paths", ({ paths, want }) => {
    const schema: JSONSchemaProps = {
      type: "object",
      properties: {
        metadata: { type: "object", properties: { name: { type: "string" } } },
        spec: {
          type: "object",
          properties: {
            size: { type: "integer" },
            labels: { type: "object", additionalProperties: { type: "string" } },
          },
        },
      },
    };
    const selectableFields = paths.map((jsonPath) => ({ jsonPath }));
    expect(errorsOf(withVersion({ schema: { openAPIV3Schema: schema }, selectableFields }))).toEqual(
      under("spec.selectableFields", want),
    );
  });

  const fieldA = [{ jsonPath: ".a" }];
  const schemaOfFields = (...names: readonly string[]) => ({
    openAPIV3Schema: {
      type: "object",
      properties: Object.fromEntries(names.map((name) => [name, { type: "string" }])),
    },
  });

  test.each<{ name: string; other: Partial<CustomResourceDefinitionVersion>; want: string[] }>([
    {
      name: "fields that versions with different schemas have in common",
      other: { schema: schemaOfFields("a"), selectableFields: fieldA },
      want: ['spec.selectableFields: Invalid value: "": may only be set when validations.schema is included'],
    },
    {
      name: "fields of versions with one schema",
      other: { schema: schemaOfFields("a", "b"), selectableFields: [{ jsonPath: ".b" }] },
      want: [0, 1].map(
        (index) =>
          `spec.versions[${String(index)}].selectableFields: Invalid value: "": may only be set when \`version.schema.openAPIV3Schema\` is not included`,
      ),
    },
    {
      name: "fields of versions with schemas of their own",
      other: { schema: schemaOfFields("b"), selectableFields: [{ jsonPath: ".b" }] },
      want: [],
    },
  ])("$name", ({ other, want }) => {
    const first = aVersion("v1", { schema: schemaOfFields("a", "b"), selectableFields: fieldA });
    const versions = [first, aVersion("v2", { storage: false, ...other })];
    expect(errorsOf(aDefinition({ versions }))).toEqual(want);
  });

  test("there are at most eight selectable fields", () => {
    const fields = Array.from({ length: 9 }, (_, i) => `f${String(i)}`);
    const properties = Object.fromEntries(fields.map((name) => [name, { type: "string" }]));
    const selectableFields = fields.map((name) => ({ jsonPath: `.${name}` }));
    const definition = withVersion({
      schema: { openAPIV3Schema: { type: "object", properties } },
      selectableFields,
    });
    expect(errorsOf(definition)).toEqual(["spec.selectableFields: Too many: 9: must have at most 8 items"]);
    expect(errorTexts(customResourceDefinition.validateUpdate?.(definition, definition))).toEqual([]);
  });
});
