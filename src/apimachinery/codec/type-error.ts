import { goJson } from "../go-text.ts";
import { isJsonObject } from "../json-value.ts";
import { isScalarSchema, type ObjectSchema, type ScalarSchema, type Schema } from "../schema.ts";
import { goType, structName } from "./go-type.ts";
import { scalarDecoders, TypeMismatch } from "./scalars.ts";

/** Where a value is: the struct whose field holds it, and the names of all fields that lead to it. */
interface Context {
  readonly struct: string;
  readonly path: string;
}

/**
 * The message of Go's decoder for a value that does not fit its schema. A wrong type is reported for the first
 * place in the order of the document, but a malformed time or quantity ends decoding, and goes before it.
 */
export function describeTypeError(schema: Schema, value: unknown): string {
  return findTypeError(schema, value) ?? "json: cannot unmarshal the object";
}

/** As `describeTypeError`; undefined for a value that fits. */
export function findTypeError(schema: Schema, value: unknown): string | undefined {
  const finder = new TypeErrorFinder();
  try {
    finder.visit(schema, value, { struct: "", path: "" });
  } catch (error) {
    if (error instanceof SyntaxError) return error.message;
    throw error;
  }
  return finder.first;
}

/** What Go calls the type of a JSON value. */
export function jsonKind(value: unknown): string {
  if (Array.isArray(value)) return "array";
  return typeof value === "boolean" ? "bool" : typeof value;
}

class TypeErrorFinder {
  first: string | undefined;

  visit(schema: Schema, value: unknown, context: Context): void {
    if (value === null || value === undefined) return;
    if (isScalarSchema(schema)) return this.#visitScalar(schema, value, context);
    switch (schema.type) {
      case "object":
        return this.#visitObject(schema, value, context);
      case "map":
        if (!isJsonObject(value)) return this.#mismatch(schema, value, context);
        return this.#visitEach(schema.values, Object.values(value), context);
      case "list":
        if (!Array.isArray(value)) return this.#mismatch(schema, value, context);
        return this.#visitEach(schema.items, value, context);
      case "any":
        return;
      case "alternatives":
        return this.visit(schema.of.find((each) => accepts(each, value)) ?? ANY_OBJECT, value, context);
    }
  }

  #visitObject(schema: ObjectSchema, value: unknown, context: Context): void {
    if (!isJsonObject(value)) return this.#mismatch(schema, value, context);
    const struct = structName(goType(schema));
    for (const [name, each] of Object.entries(value)) {
      const field = schema.fields.get(name);
      const path = context.path === "" ? name : `${context.path}.${name}`;
      if (field === undefined) continue;
      if (schema.lenient === true && isStrict(field.schema)) this.#visitAlone(field.schema, each, path);
      else this.visit(field.schema, each, { struct, path });
    }
  }

  /** The metadata of custom resources, and of objects inside them, is decoded by itself. */
  #visitAlone(schema: Schema, value: unknown, path: string): void {
    const finder = new TypeErrorFinder();
    finder.visit(schema, value, { struct: "", path: "" });
    if (finder.first === undefined) return;
    const isInside = path.includes(".");
    this.first ??= isInside ? `${path}: Invalid value: ${goJson(value)}: ${finder.first}` : finder.first;
  }

  #visitEach(schema: Schema, values: readonly unknown[], context: Context): void {
    for (const value of values) this.visit(schema, value, context);
  }

  #visitScalar(schema: ScalarSchema, value: unknown, context: Context): void {
    if (schema.lenient === true) return;
    try {
      scalarDecoders[schema.type](value);
    } catch (error) {
      if (error instanceof TypeMismatch) this.#mismatch(schema, value, context);
      else if (schema.type === "bytes" && error instanceof SyntaxError) this.first ??= error.message;
      else throw error;
    }
  }

  #mismatch(schema: Schema, value: unknown, { struct, path }: Context): void {
    if ("lenient" in schema && schema.lenient === true) return;
    const target = path === "" ? "Go value" : `Go struct field ${struct}.${path}`;
    const kind = isInteger(schema) && isNumber(value) ? `number ${String(value)}` : jsonKind(value);
    const message = `json: cannot unmarshal ${kind} into ${target} of type ${goType(schema)}`;
    if (OWN_DECODING.has(schema.type)) throw new SyntaxError(message);
    this.first ??= message;
  }
}

function isNumber(value: unknown): value is number | bigint {
  return typeof value === "number" || typeof value === "bigint";
}

function isStrict(schema: Schema): boolean {
  return schema.type === "object" && schema.lenient !== true;
}

/** Types that decode themselves upstream: their errors are final. */
const OWN_DECODING: ReadonlySet<string> = new Set(["time", "microTime", "duration", "intOrString"]);

const ANY_OBJECT: Schema = { type: "map", values: { type: "any" }, atomic: true };

function isInteger({ type }: Schema): boolean {
  return type === "int32" || type === "int64" || type === "intOrString";
}

function accepts(schema: Schema, value: unknown): boolean {
  const kind = jsonKind(value);
  if (schema.type === "list") return kind === "array";
  return schema.type === "boolean" ? kind === "bool" : kind === "object";
}
