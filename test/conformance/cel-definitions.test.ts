/**
 * Whether CustomResourceDefinitions may have their rules: cases of upstream's validation_test.go
 * (apiextensions-apiserver pkg/apis/apiextensions/validation).
 */
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import type { CustomResourceDefinition, JSONSchemaProps } from "#api/generated/apiextensions-v1.ts";
import { BuiltInSchemas } from "#api/schemas.ts";
import { formatFieldError } from "#apimachinery/field-error.ts";
import { LazyCel } from "#apiserver/crd/cel/lazy-cel.ts";
import { checkDefinition } from "#apiserver/crd/check-definition.ts";
import { OBJECT_META } from "#apiserver/crd/custom-resources.ts";

interface DefinitionCase {
  readonly name: string;
  readonly schema: JSONSchemaProps;
  readonly errors?: readonly string[];
}

const file = readFileSync(join(import.meta.dir, "cel-definitions.yaml"), "utf8");
const checks = { cel: new LazyCel(), metaSchema: new BuiltInSchemas().ofType(OBJECT_META) };

test.each(parse(file) as readonly DefinitionCase[])("$name", ({ schema, errors = [] }) => {
  const names = { plural: "things", kind: "Thing" };
  const version = { name: "v1", served: true, storage: true, schema: { openAPIV3Schema: schema } };
  const definition: CustomResourceDefinition = {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "things.example.com", uid: "" },
    spec: { group: "example.com", names, scope: "Namespaced", versions: [version] },
  };
  expect(checkDefinition(definition, undefined, checks).map(formatFieldError)).toEqual([...errors]);
});
