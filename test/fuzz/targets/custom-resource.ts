import { customResourceDefinition } from "#api/apiextensions/v1/customresourcedefinition.ts";
import type { CustomResourceDefinition } from "#api/generated/apiextensions-v1.ts";
import { BuiltInSchemas } from "#api/schemas.ts";
import { Codec } from "#apimachinery/codec/codec.ts";
import { isJsonObject } from "#apimachinery/json-value.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import { StatusError } from "#apimachinery/status-error.ts";
import { LazyCel } from "#apiserver/crd/cel/lazy-cel.ts";
import { checkDefinition } from "#apiserver/crd/check-definition.ts";
import { customBehavior } from "#apiserver/crd/custom-behavior.ts";
import { JsonPathError } from "#apiserver/crd/json-path/json-path-error.ts";
import { resourceSchema, schemaOf } from "#apiserver/crd/resource-schema.ts";
import { aDefinition, aVersion } from "#testing/definitions.ts";
import { attempt, ensureSame, jsonTarget } from "../engine/target.ts";

const DEFINITION_GVK = { group: "apiextensions.k8s.io", version: "v1", kind: "CustomResourceDefinition" };
const WIDGET_GVK = { group: "example.com", version: "v1", kind: "Widget" };
const META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";

/** Schemas of custom resources, and objects: pruned, completed, validated and shown. */
export const target = jsonTarget({
  seeds: [
    '{"schema":{"type":"object","properties":{"spec":{"type":"object","required":["a"],"properties":{"a":{"type":"string","pattern":"^[a-z]+$","default":"x","maxLength":5},"b":{"type":"array","items":{"type":"integer","minimum":1},"x-kubernetes-list-type":"set"}}}}},"objects":[{"spec":{"a":"y","b":[1,2],"c":3}},{"spec":{"b":[1,1]}}],"columns":[{"name":"A","type":"string","jsonPath":".spec.a"}]}',
    '{"schema":{"type":"object","properties":{"m":{"type":"object","additionalProperties":{"type":"string","format":"date-time","enum":["a"]}},"l":{"type":"array","x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["k"],"items":{"type":"object","required":["k"],"properties":{"k":{"type":"string"}}}}}},"objects":[{"m":{"x":"a"},"l":[{"k":"a"},{"k":"a"}]},{"l":[{}]}]}',
    '{"schema":{"type":"object","x-kubernetes-preserve-unknown-fields":true,"properties":{"e":{"type":"object","x-kubernetes-embedded-resource":true},"i":{"x-kubernetes-int-or-string":true,"anyOf":[{"type":"integer"},{"type":"string"}]}},"oneOf":[{"required":["e"]},{"not":{"required":["i"]}}]},"objects":[{"e":{"apiVersion":"v1","kind":"Pod","metadata":{"name":"A_"}},"i":"5%"},{"z":1}]}',
    '{"schema":{"type":"object","properties":{"spec":{"type":"object","x-kubernetes-validations":[{"rule":"self.a <= self.b","message":"no","fieldPath":".a"},{"rule":"self.a >= oldSelf.a","messageExpression":"string(self.a)","reason":"FieldValueForbidden"}],"properties":{"a":{"type":"integer","default":1},"b":{"type":"integer","multipleOf":2,"exclusiveMaximum":true,"maximum":10}}}}},"objects":[{"spec":{"a":1,"b":2}},{"spec":{"a":3,"b":2}}]}',
  ],
  dictionary: [
    "type",
    "object",
    "array",
    "string",
    "integer",
    "number",
    "boolean",
    "properties",
    "items",
    "additionalProperties",
    "default",
    "nullable",
    "required",
    "enum",
    "pattern",
    "format",
    "minimum",
    "maxItems",
    "uniqueItems",
    "anyOf",
    "allOf",
    "not",
    "x-kubernetes-validations",
    "rule",
    "message",
    "x-kubernetes-list-type",
    "map",
    "set",
    "x-kubernetes-preserve-unknown-fields",
    "x-kubernetes-int-or-string",
    "x-kubernetes-embedded-resource",
    "spec",
    "metadata",
    "objects",
    "schema",
    "ipv4",
    "date-time",
    "duration",
    "(a+)+$",
    "__proto__",
    "self == oldSelf",
  ],
  maxMs: 1000,
  refusals: [StatusError],
  open: () => {
    const schemas = new BuiltInSchemas();
    const definitionSchema = schemas.ofResource(DEFINITION_GVK);
    const metaSchema = schemas.ofType(META);
    const codec = new Codec();
    const cel = new LazyCel();
    return (input) => {
      if (!isJsonObject(input)) return undefined;
      const { schema: openAPIV3Schema, columns: additionalPrinterColumns, objects } = input;
      const version = { ...aVersion("v1"), schema: { openAPIV3Schema }, additionalPrinterColumns };
      const raw = { ...aDefinition(), spec: { ...aDefinition().spec, versions: [version] } };
      const { object } = codec.decode(definitionSchema, raw, { gvk: DEFINITION_GVK });
      const decoded = object as unknown as CustomResourceDefinition;
      const definition = customResourceDefinition.setDefaults?.(decoded) ?? decoded;
      const problems = [
        ...(customResourceDefinition.validate?.(definition) ?? []),
        ...checkDefinition(definition, undefined, { cel, metaSchema }),
      ];
      const [served] = definition.spec.versions;
      if (problems.length > 0 || served === undefined || !Array.isArray(objects)) return undefined;
      const {
        setDefaults,
        validate,
        validateUpdate,
        columns = [],
      } = customBehavior(served, { cel, metaSchema });
      const objectSchema = resourceSchema(schemaOf(served), metaSchema, "Widget");
      const read = (value: unknown): KubeObject => {
        const base = isJsonObject(value) ? value : {};
        const named = { apiVersion: "example.com/v1", kind: "Widget", metadata: { name: "a" }, ...base };
        return codec.decode(objectSchema, named, { gvk: WIDGET_GVK }).object as unknown as KubeObject;
      };
      const all = (objects as readonly unknown[]).slice(0, 4).map(read);
      return () => {
        const completed = all.map((each) => setDefaults?.(each) ?? each);
        for (const [index, each] of completed.entries()) {
          ensureSame(setDefaults?.(each) ?? each, each, "Objects are completed once and for all");
          ensureSame(read(each), each, "Objects are pruned once and for all");
          const errors = validate?.(each) ?? [];
          const previous = completed[index - 1];
          if (previous !== undefined) validateUpdate?.(each, previous);
          // Rules about both states are not asked of a first one.
          if (errors.length === 0 && !JSON.stringify(served).includes("oldSelf"))
            ensureSame(validateUpdate?.(each, each) ?? [], [], "A valid object may be written again");
          for (const { value } of columns) attempt([JsonPathError], () => value(each, 0));
        }
      };
    };
  },
});
