/**
 * The types of values that have a schema (k8s.io/apiserver pkg/cel/common/schemas.go and types.go). A type knows how
 * large its values can be, which costs are reckoned with.
 */
import type { TypeProvider } from "../checker/declarations.ts";
import {
  BOOL,
  BYTES,
  type CelType,
  DOUBLE,
  DURATION,
  DYN,
  INT,
  listType,
  mapType,
  objectType,
  STRING,
  TIMESTAMP,
} from "../types/type.ts";
import { escapeName, isReserved } from "./field-names.ts";
import {
  isEmbedded,
  itemsOf,
  type StructuralSchema,
  valuesOf,
  withTypeAndNames,
} from "./structural-schema.ts";

export interface DeclaredType {
  readonly type: CelType;
  /** How many elements, entries or characters a value has at most; 0 for values that have none. */
  readonly maxElements: number;
  /** How many bytes a value takes at least. */
  readonly minBytes: number;
  readonly fields?: ReadonlyMap<string, DeclaredType>;
  /** Of the elements of a list, or the values of a map. */
  readonly element?: DeclaredType;
  /** Of a map. */
  readonly key?: DeclaredType;
}

/** The largest request that is reckoned with. */
export const MAX_REQUEST_BYTES = 3 * 1024 * 1024;

const MAX_TEXT = MAX_REQUEST_BYTES - 2;
const MAX_TIME_BYTES = 32;
const MIN_TIME_BYTES = 21;
const DATE_BYTES = 12;
const MAX_DURATION_BYTES = 32;
const MIN_DURATION_BYTES = 3;
const MIN_TEXT_BYTES = 2;
const EMPTY_BYTES = 2;
/** A character of four bytes counts like four. */
const BYTES_OF_CHARACTER = 4;

const KEY: DeclaredType = { type: STRING, maxElements: 0, minBytes: MIN_TEXT_BYTES };

/** Undefined for values that expressions cannot see. `name` is what the type of an object is called in messages. */
export function declareType(
  schema: StructuralSchema,
  name: string,
  isResource = isEmbedded(schema),
): DeclaredType | undefined {
  if (schema["x-kubernetes-int-or-string"] === true) {
    const { maxLength } = schema;
    return scalar(DYN, 1, maxLength === undefined ? MAX_TEXT : Math.max(maxLength, 0) * BYTES_OF_CHARACTER);
  }
  const whole = isResource ? withTypeAndNames(schema) : schema;
  switch (whole.type ?? "") {
    case "array":
      return declareList(whole, name);
    case "object":
      return valuesOf(whole) === undefined ? declareObject(whole, name) : declareMap(whole, name);
    case "string":
      return declareText(whole);
    case "boolean":
      return scalar(BOOL, 4);
    case "number":
      return scalar(DOUBLE, 1);
    case "integer":
      return scalar(INT, 1);
    default:
      return undefined;
  }
}

function declareList(schema: StructuralSchema, name: string): DeclaredType | undefined {
  const items = itemsOf(schema);
  const element = items && declareType(items, `${name}.@idx`);
  if (element === undefined) return undefined;
  const maxElements = schema.maxItems ?? Math.trunc((MAX_REQUEST_BYTES - 2) / (element.minBytes + 1));
  return {
    type: listType(element.type),
    element,
    maxElements: Math.max(maxElements, 0),
    minBytes: EMPTY_BYTES,
  };
}

function declareMap(schema: StructuralSchema, name: string): DeclaredType | undefined {
  const values = valuesOf(schema);
  const element = values && declareType(values, `${name}.@elem`);
  if (element === undefined) return undefined;
  const maxElements = schema.maxProperties ?? Math.trunc((MAX_REQUEST_BYTES - 2) / (element.minBytes + 6));
  return {
    type: mapType(STRING, element.type),
    key: KEY,
    element,
    maxElements: Math.max(maxElements, 0),
    minBytes: EMPTY_BYTES,
  };
}

function declareObject({ properties = {}, required = [] }: StructuralSchema, name: string): DeclaredType {
  const fields = new Map<string, DeclaredType>();
  let minBytes = EMPTY_BYTES;
  for (const [property, schema] of Object.entries(properties)) {
    const escaped = escapeName(property);
    const field = declareType(schema, `${name}.${escaped ?? property}`);
    if (field === undefined) continue;
    if (escaped !== undefined) fields.set(escaped, field);
    if (required.includes(property) && (schema.default ?? null) === null) {
      minBytes += Buffer.byteLength(property) + field.minBytes + 4;
    }
  }
  return { type: objectType(name), fields, maxElements: 0, minBytes };
}

function declareText({ format, maxLength, enum: values = [] }: StructuralSchema): DeclaredType {
  const max = maxLength === undefined ? undefined : Math.max(maxLength, 0);
  switch (format ?? "") {
    case "byte":
      return scalar(BYTES, MIN_TEXT_BYTES, max ?? MAX_TEXT);
    case "duration":
      return scalar(DURATION, MIN_DURATION_BYTES, MAX_DURATION_BYTES);
    case "date":
      return scalar(TIMESTAMP, DATE_BYTES, DATE_BYTES);
    case "date-time":
      return scalar(TIMESTAMP, MIN_TIME_BYTES, MAX_TIME_BYTES);
    default: {
      const ofValues = values.map((each) => (typeof each === "string" ? Buffer.byteLength(each) : 0));
      const longest = values.length === 0 ? MAX_TEXT : Math.max(...ofValues);
      return scalar(STRING, MIN_TEXT_BYTES, max === undefined ? longest : max * BYTES_OF_CHARACTER);
    }
  }
}

function scalar(type: CelType, minBytes: number, maxElements = 0): DeclaredType {
  return { type, maxElements, minBytes };
}

/** Finds the fields of all objects inside a type. */
export function typeProvider(root: DeclaredType): TypeProvider {
  const objects = new Map<string, DeclaredType>();
  const collect = (declared: DeclaredType | undefined): void => {
    if (declared === undefined) return;
    if (declared.fields !== undefined) objects.set(declared.type.name, declared);
    declared.fields?.forEach(collect);
    collect(declared.element);
  };
  collect(root);
  return {
    has: (type) => objects.has(type),
    fieldOf: (type, field) => {
      const fields = objects.get(type)?.fields;
      const found = fields?.get(field) ?? (isReserved(field) ? fields?.get(`__${field}__`) : undefined);
      return found?.type;
    },
  };
}

/** How many elements the value at a path has at most; see `SizeOfPath`. */
export function maxElementsAt(root: DeclaredType, path: readonly string[]): number | undefined {
  let at: DeclaredType | undefined = root;
  for (const step of path.slice(1)) {
    if (step === "@items" || step === "@values") at = at?.element;
    else at = step === "@keys" ? at?.key : at?.fields?.get(step);
  }
  return at?.maxElements;
}
