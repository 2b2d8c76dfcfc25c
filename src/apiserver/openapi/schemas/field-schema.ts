/** The schemas of fields, as kube-openapi makes them of Go declarations (`pkg/generators/openapi.go`). */
import type { BuiltInSchemas, FieldFacts } from "#api/schemas.ts";
import { COMPONENT_PREFIX, META, type SchemaDocument } from "./schema-document.ts";

/** The OpenAPI names of types that the facts know as scalars, with their schemas. */
export const NAMED_SCALARS: Readonly<
  Record<string, { readonly name: string; readonly schema: SchemaDocument }>
> = {
  Time: { name: `${META}.Time`, schema: { type: "string", format: "date-time" } },
  MicroTime: { name: `${META}.MicroTime`, schema: { type: "string", format: "date-time" } },
  Duration: { name: `${META}.Duration`, schema: { type: "string" } },
  Quantity: {
    name: "io.k8s.apimachinery.pkg.api.resource.Quantity",
    schema: { oneOf: [{ type: "string" }, { type: "number" }] },
  },
  IntOrString: {
    name: "io.k8s.apimachinery.pkg.util.intstr.IntOrString",
    schema: { format: "int-or-string", oneOf: [{ type: "integer" }, { type: "string" }] },
  },
  RawExtension: { name: "io.k8s.apimachinery.pkg.runtime.RawExtension", schema: { type: "object" } },
  Patch: { name: `${META}.Patch`, schema: { type: "object" } },
};

const SCALARS: Readonly<Record<string, SchemaDocument>> = {
  string: { type: "string" },
  bytes: { type: "string", format: "byte" },
  bool: { type: "boolean" },
  int32: { type: "integer", format: "int32" },
  int64: { type: "integer", format: "int64" },
  double: { type: "number", format: "double" },
  any: { type: "object" },
};

/** Go's zero values, which are the defaults of what is always written. */
const ZERO: Readonly<Record<string, unknown>> = { string: "", bool: false, int32: 0, int64: 0, double: 0 };

const TEXT_LIST: SchemaDocument = { type: "array", items: { type: "string", default: "" } };

/** Types that read themselves from JSON, for which absent is not the same as empty. */
const READ_THEMSELVES = new Set([
  ...Object.keys(NAMED_SCALARS),
  `${META}.FieldsV1`,
  ...["JSON", "JSONSchemaPropsOrArray", "JSONSchemaPropsOrBool", "JSONSchemaPropsOrStringArray"].map(
    (name) => `io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.${name}`,
  ),
]);

/** The schema of a field, without its description. */
export function fieldSchema(field: FieldFacts, schemas: BuiltInSchemas): SchemaDocument {
  const base = valueSchema(field, schemas);
  return { ...base, ...defaultOf(field, schemas), ...extensions(field) };
}

/** Whether the fields of a type that is inlined can be looked up. */
export function isScalar(type: string): boolean {
  return type in SCALARS || type in NAMED_SCALARS;
}

function valueSchema({ t, rep, map, enum: values }: FieldFacts, schemas: BuiltInSchemas): SchemaDocument {
  const base = { ...typeSchema(t, schemas), ...(values !== undefined && t === "string" && { enum: values }) };
  if (map !== true && rep !== true) return base;
  const member = wrapReference({ ...base, ...zeroOf(t, schemas) });
  if (map !== true) return { type: "array", items: member };
  return {
    type: "object",
    additionalProperties: rep === true ? { type: "array", items: member } : member,
  };
}

/** Lists that are types of their own in Go are written out: they have no name in OpenAPI. */
function typeSchema(type: string, schemas: BuiltInSchemas): SchemaDocument {
  const scalar = SCALARS[type];
  if (scalar !== undefined) return scalar;
  const named = NAMED_SCALARS[type]?.name;
  if (named === undefined && schemas.factsOf(type).json === "list") return TEXT_LIST;
  return { $ref: COMPONENT_PREFIX + (named ?? type) };
}

/** A reference may have nothing beside it (kube-openapi `WrapRefs`). */
export function wrapReference({ $ref, ...rest }: SchemaDocument): SchemaDocument {
  if ($ref === undefined) return rest;
  return Object.keys(rest).length === 0 ? { $ref } : { ...rest, allOf: [{ $ref }] };
}

/** An explicit default, or the zero value of what Go always writes. */
function defaultOf(field: FieldFacts, schemas: BuiltInSchemas): SchemaDocument {
  if (field.default !== undefined) return { default: field.default };
  const { t, ptr, rep, map, oe, oz } = field;
  if (ptr === true || rep === true || map === true) return {};
  const isLeftOut = t in SCALARS && (oe === true || oz === true);
  return isLeftOut ? {} : zeroOf(t, schemas);
}

/** Structures are never left out when they are empty; lists of a type of their own have no zero value. */
function zeroOf(type: string, schemas: BuiltInSchemas): SchemaDocument {
  if (type in SCALARS) return type in ZERO ? { default: ZERO[type] } : {};
  return READ_THEMSELVES.has(type) || schemas.factsOf(type).json === "list" ? {} : { default: {} };
}

function extensions(field: FieldFacts): SchemaDocument {
  const { listType, listMapKeys, mapType, structType, patchStrategy, patchMergeKey } = field;
  return {
    ...(listMapKeys !== undefined && { "x-kubernetes-list-map-keys": listMapKeys }),
    ...(listType !== undefined && { "x-kubernetes-list-type": listType }),
    ...((mapType ?? structType) !== undefined && { "x-kubernetes-map-type": mapType ?? structType }),
    ...(patchMergeKey !== undefined && { "x-kubernetes-patch-merge-key": patchMergeKey }),
    ...(patchStrategy !== undefined && { "x-kubernetes-patch-strategy": patchStrategy }),
  };
}
