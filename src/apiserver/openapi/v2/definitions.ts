import { DEFINITION_PREFIX } from "../merge/v2-spec.ts";
import { COMPONENT_PREFIX, type SchemaDocument } from "../schemas/schema-document.ts";

/** Schemas that OpenAPI v2 cannot express otherwise. */
const TEXT_FORMS: Readonly<Record<string, SchemaDocument>> = {
  "io.k8s.apimachinery.pkg.api.resource.Quantity": { type: "string" },
  "io.k8s.apimachinery.pkg.util.intstr.IntOrString": { type: "string", format: "int-or-string" },
};

/** Turns the components of OpenAPI v3 into the definitions of v2. */
export function toDefinitions(
  components: Readonly<Record<string, SchemaDocument>>,
): Readonly<Record<string, SchemaDocument>> {
  return Object.fromEntries(
    Object.entries(components).map(([name, { oneOf, ...schema }]) => {
      return [name, oneOf === undefined ? toDefinition(schema) : { ...schema, ...TEXT_FORMS[name] }] as const;
    }),
  );
}

/** References lose their wrapping, because v2 allows text beside them, and defaults are not published. */
function toDefinition(schema: SchemaDocument): SchemaDocument {
  const { allOf, default: _default, ...rest } = schema;
  const [reference] = Array.isArray(allOf) ? (allOf as readonly SchemaDocument[]) : [];
  const merged = { ...rest, ...reference };
  return Object.fromEntries(Object.entries(merged).map(([key, value]) => [key, convertValue(key, value)]));
}

function convertValue(key: string, value: unknown): unknown {
  if (key === "$ref" && typeof value === "string") return value.replace(COMPONENT_PREFIX, DEFINITION_PREFIX);
  if (typeof value !== "object" || value === null) return value;
  if (key === "items" || key === "additionalProperties") return toDefinition(value as SchemaDocument);
  if (key !== "properties") return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [name, toDefinition(each as SchemaDocument)]),
  );
}
