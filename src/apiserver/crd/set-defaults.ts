/** Defaults of custom resources (apiextensions-apiserver pkg/apiserver/schema/defaulting). */
import { isSchema } from "#api/apiextensions/v1/schema-tree.ts";
import { mapList } from "#api/defaulting.ts";
import type { JSONSchemaProps } from "#api/generated/apiextensions-v1.ts";
import { deepFreeze } from "#apimachinery/deep-freeze.ts";
import { isJsonObject, type JsonObject, setField } from "#apimachinery/json-value.ts";
import { ownValue } from "#base/own-value.ts";

/** Fills a value as far as its schema has defaults; the very value when there is nothing to change. */
export type Defaulter = <T>(value: T) => T;

type AnyDefaulter = (value: unknown) => unknown;

const KEEP: AnyDefaulter = (value) => value;

/** Fields of an object that only the server knows how to fill. */
const META_FIELDS: readonly string[] = ["apiVersion", "kind", "metadata"];

/** What is left of a default: metadata has no fields that ObjectMeta does not have. Undefined for nothing. */
type Prune = (value: unknown) => unknown;

export interface DefaultOptions {
  /** Prunes metadata of objects inside. Default: keeps it as it is. */
  readonly pruneMeta?: Prune;
  /** Keeps a null where none may be and no default is, for validation to refuse. Default false. */
  readonly keepNulls?: boolean;
}

/**
 * The defaults of a whole object. A null where none may be is replaced by the default, and dropped where there is
 * none, as if the field were absent.
 */
export function compileDefaults(
  schema: JSONSchemaProps,
  { pruneMeta = KEEP, keepNulls = false }: DefaultOptions = {},
): Defaulter {
  const { properties = {} } = schema;
  const own = Object.entries(properties).filter(([name]) => !META_FIELDS.includes(name));
  const compiler = new DefaultCompiler({ pruneMeta, keepNulls });
  // An object goes in, and comes out with the same fields and more.
  return compiler.compile({ ...schema, properties: Object.fromEntries(own) }, KEEP) as Defaulter;
}

class DefaultCompiler {
  readonly #pruneMeta: Prune;
  readonly #keepNulls: boolean;

  constructor({ pruneMeta, keepNulls }: Required<DefaultOptions>) {
    this.#pruneMeta = pruneMeta;
    this.#keepNulls = keepNulls;
  }

  compile(schema: JSONSchemaProps, prune: Prune): AnyDefaulter {
    const { properties = {}, additionalProperties, items } = schema;
    const isEmbedded = schema["x-kubernetes-embedded-resource"] === true;
    const below = (name: string): Prune =>
      isEmbedded && name === "metadata" ? this.#pruneMeta : pruneField(prune, name);
    return toDefaulter({
      fields: new Map(
        Object.entries(properties).map(([name, each]) => [name, this.#compileField(each, below(name))]),
      ),
      values: isSchema(additionalProperties) ? this.#compileField(additionalProperties, KEEP) : undefined,
      element: isSchema(items) ? this.#compileField(items, pruneElement(prune)) : undefined,
    });
  }

  #compileField(schema: JSONSchemaProps, prune: Prune): DefaultedField {
    const inside = this.compile(schema, prune);
    const value = schema.default === undefined ? undefined : prune(schema.default);
    const nullable = schema.nullable === true || (this.#keepNulls && value === undefined);
    if (value === undefined && nullable && inside === KEEP) return INERT;
    return { value: deepFreeze(value), nullable, inside };
  }
}

function pruneField(prune: Prune, name: string): Prune {
  if (prune === KEEP) return KEEP;
  return (value) => {
    const around = prune({ [name]: value });
    return isJsonObject(around) ? ownValue(around, name) : undefined;
  };
}

function pruneElement(prune: Prune): Prune {
  if (prune === KEEP) return KEEP;
  return (value) => {
    const around = prune([value]);
    return Array.isArray(around) ? (around[0] as unknown) : undefined;
  };
}

interface DefaultedParts {
  readonly fields: ReadonlyMap<string, DefaultedField>;
  readonly values: DefaultedField | undefined;
  readonly element: DefaultedField | undefined;
}

function toDefaulter({ fields, values, element }: DefaultedParts): AnyDefaulter {
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
