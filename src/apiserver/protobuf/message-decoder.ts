import type { BuiltInSchemas, WireField } from "#api/schemas.ts";
import { setField } from "#apimachinery/json-value.ts";
import { type ScalarReader, scalarReaders } from "./scalar-readers.ts";
import { type Tag, WIRE, WireError, WireReader } from "./wire-reader.ts";

type Json = Record<string, unknown>;

/** Messages inside each other that are still decoded: beyond it a body only wants to exhaust the stack. */
const MAX_DEPTH = 1000;

/** What has to be known of a field to read it. */
interface FieldPlan {
  readonly field: WireField;
  /** Absent for a field that holds a message. */
  readonly scalar: ScalarReader | undefined;
  readonly wireType: number;
}

interface MessagePlan {
  readonly fields: ReadonlyMap<number, FieldPlan>;
  readonly name: string;
  readonly form: string | undefined;
}

/**
 * Turns protobuf messages of the API's types into their JSON values. Fields that a type does not have are dropped, as by
 * every protobuf reader. What is to be known of a type is put together when it is first read.
 */
export class MessageDecoder {
  readonly #schemas: BuiltInSchemas;
  readonly #plans = new Map<string, MessagePlan>();
  #depth = 0;

  constructor(schemas: BuiltInSchemas) {
    this.#schemas = schemas;
  }

  /** Throws a `WireError` for bytes that are no message of the type. */
  decode(type: string, bytes: Buffer): unknown {
    this.#depth = 0;
    return this.#readMessage(type, new WireReader(bytes), {});
  }

  #readMessage(type: string, reader: WireReader, fields: Json): unknown {
    const plan = this.#planOf(type);
    this.#readInto(fields, plan, reader);
    return plan.form === undefined ? fields : jsonForm(plan.form, fields);
  }

  #planOf(type: string): MessagePlan {
    const known = this.#plans.get(type);
    if (known !== undefined) return known;
    const { fields, form } = this.#schemas.wireMessage(type);
    const plan = {
      name: type.slice(type.lastIndexOf(".") + 1),
      form,
      fields: new Map([...fields].map(([number, field]) => [number, planField(field)])),
    };
    this.#plans.set(type, plan);
    return plan;
  }

  #readInto(target: Json, { name, fields }: MessagePlan, reader: WireReader): void {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) throw new WireError("exceeded max depth");
    while (!reader.isAtEnd) {
      const tag = reader.readTag();
      checkTag(name, tag);
      const plan = fields.get(tag.field);
      if (plan === undefined) reader.skip(tag.wireType);
      else this.#readField(target, plan, tag.wireType, reader);
    }
    this.#depth -= 1;
  }

  #readField(target: Json, plan: FieldPlan, wireType: number, reader: WireReader): void {
    const { field, scalar } = plan;
    const { name } = field;
    if (field.repeated && !field.map) {
      const list = (target[name] ??= []) as unknown[];
      if (isPacked(plan, wireType)) this.#readPacked(list, plan, reader.readMessage());
      else list.push(this.#readValue(plan, wireType, reader, undefined));
      return;
    }
    if (field.map) {
      requireWireType(field, wireType, WIRE.bytes);
      const [key, value] = this.#readEntry(plan, reader.readMessage());
      setField((target[name] ??= {}) as Json, key, value);
    } else if (field.inline && scalar === undefined) {
      requireWireType(field, wireType, WIRE.bytes);
      this.#readInto(target, this.#planOf(field.type), reader.readMessage());
    } else {
      target[name] = this.#readValue(plan, wireType, reader, target[name]);
    }
  }

  /** `previous` is what the field has had so far: the parts of a message may come one after the other. */
  #readValue(plan: FieldPlan, wireType: number, reader: WireReader, previous: unknown): unknown {
    const { field, scalar } = plan;
    requireWireType(field, wireType, plan.wireType);
    if (scalar !== undefined) return scalar.read(reader);
    const isMerged = typeof previous === "object" && previous !== null && !Array.isArray(previous);
    return this.#readMessage(field.type, reader.readMessage(), isMerged ? (previous as Json) : {});
  }

  #readPacked(list: unknown[], { scalar }: FieldPlan, values: WireReader): void {
    while (!values.isAtEnd) list.push(scalar?.read(values));
  }

  #readEntry(plan: FieldPlan, entry: WireReader): readonly [key: string, value: unknown] {
    let key = "";
    let value: unknown = plan.scalar === undefined ? {} : plan.scalar.empty;
    while (!entry.isAtEnd) {
      const { field, wireType } = entry.readTag();
      if (field === 1) key = entry.readText();
      else if (field === 2) value = this.#readValue(plan, wireType, entry, undefined);
      else entry.skip(wireType);
    }
    return [key, value];
  }
}

function planField(field: WireField): FieldPlan {
  const scalar = scalarReaders.get(field.type);
  return { field, scalar, wireType: scalar?.wireType ?? WIRE.bytes };
}

/** Numbers in a list may come one by one or all together. */
function isPacked({ scalar }: FieldPlan, wireType: number): boolean {
  return wireType === WIRE.bytes && scalar !== undefined && scalar.wireType !== WIRE.bytes;
}

/** What the types with a JSON form of their own are written as. */
function jsonForm(form: string, fields: Json): unknown {
  switch (form) {
    case "list":
      return fields["items"] ?? [];
    case "schema-or-array":
      return fields["jSONSchemas"] ?? fields["schema"] ?? null;
    case "schema-or-bool":
      return fields["schema"] ?? fields["allows"] ?? false;
    case "schema-or-string-array":
      return fields["property"] ?? fields["schema"] ?? null;
    default:
      throw new RangeError(`No JSON form "${form}"`);
  }
}

function checkTag(message: string, { field, wireType, value }: Tag): void {
  if (wireType === WIRE.groupEnd) throw new WireError(`proto: ${message}: wiretype end group for non-group`);
  if (field > 0) return;
  throw new WireError(`proto: ${message}: illegal tag ${String(field)} (wire type ${String(value)})`);
}

function requireWireType({ name }: WireField, actual: number, wanted: number): void {
  if (actual === wanted) return;
  const goName = name.charAt(0).toUpperCase() + name.slice(1);
  throw new WireError(`proto: wrong wireType = ${String(actual)} for field ${goName}`);
}
