/** Defaults of custom resources (apiextensions-apiserver pkg/apiserver/schema/defaulting). */
import { isSchema } from "#api/apiextensions/v1/schema-tree.ts";
import { mapList } from "#api/defaulting.ts";
import type { JSONSchemaProps } from "#api/generated/apiextensions-v1.ts";
import { deepFreeze } from "#apimachinery/deep-freeze.ts";
import { isJsonObject, type JsonObject, setField } from "#apimachinery/json-value.ts";

/** Fills a value as far as its schema has defaults; the very value when there is nothing to change. */
export type Defaulter = <T>(value: T) => T;

type AnyDefaulter = (value: unknown) => unknown;

const KEEP: AnyDefaulter = (value) => value;

/** Fields of an object that only the server knows how to fill. */
const META_FIELDS: readonly string[] = ["apiVersion", "kind", "metadata"];

/**
 * The defaults of a whole object. A null where none may be is replaced by the default, and dropped where there is
 * none, as if the field were absent.
 */
export function compileDefaults(schema: JSONSchemaProps): Defaulter {
  const { properties = {} } = schema;
  const own = Object.entries(properties).filter(([name]) => !META_FIELDS.includes(name));
  // An object goes in, and comes out with the same fields and more.
  return compile({ ...schema, properties: Object.fromEntries(own) }) as Defaulter;
}

function compile(schema: JSONSchemaProps): AnyDefaulter {
  const { properties = {}, additionalProperties, items } = schema;
  const fields = new Map(Object.entries(properties).map(([name, each]) => [name, compileField(each)]));
  const values = isSchema(additionalProperties) ? compileField(additionalProperties) : undefined;
  const element = isSchema(items) ? compileField(items) : undefined;
  const isActive = [...fields.values(), values, element].some(
    (field) => field !== undefined && field !== INERT,
  );
  if (!isActive) return KEEP;
  return (value) => {
    if (Array.isArray(value))
      return element === undefined
        ? value
        : mapList(value, (each: unknown) => fillItem(element, each) ?? null);
    return isJsonObject(value) ? fillObject(value, fields, values) : value;
  };
}

interface DefaultedField {
  /** Undefined where there is no default. */
  readonly value: unknown;
  readonly nullable: boolean;
  readonly inside: AnyDefaulter;
}

/** Nullable, without a default, and with nothing inside that has one. */
const INERT: DefaultedField = { value: undefined, nullable: true, inside: KEEP };

function compileField(schema: JSONSchemaProps): DefaultedField {
  const inside = compile(schema);
  const nullable = schema.nullable === true;
  if (schema.default === undefined && nullable && inside === KEEP) return INERT;
  return { value: deepFreeze(schema.default), nullable, inside };
}

function fillObject(
  object: JsonObject,
  fields: ReadonlyMap<string, DefaultedField>,
  values: DefaultedField | undefined,
): JsonObject {
  let changed: Record<string, unknown> | undefined;
  const change = (): Record<string, unknown> => (changed ??= { ...object });
  for (const [name, field] of fields) {
    const isSet = Object.hasOwn(object, name) && object[name] !== undefined;
    if (field.value !== undefined && !isSet) setField(change(), name, field.inside(field.value));
  }
  for (const name of Object.keys(object)) {
    const field = fields.get(name) ?? values;
    if (field === undefined) continue;
    const next = fillItem(field, object[name]);
    if (next === object[name]) continue;
    if (next === undefined) delete change()[name];
    else setField(change(), name, next);
  }
  return changed ?? object;
}

/** Undefined for what is to be dropped. */
function fillItem({ value, nullable, inside }: DefaultedField, item: unknown): unknown {
  return inside(item === null && !nullable ? value : item);
}
