import type { BuiltInSchemas, WireField, WireMessage } from "#api/schemas.ts";
import { formatDuration } from "#apimachinery/duration.ts";
import { WireError, WireReader, type WireType } from "./wire-reader.ts";

type Json = Record<string, unknown>;

/** Messages inside each other that are still decoded: beyond it a text only wants to exhaust the stack. */
const MAX_DEPTH = 1000;

const NANOS_PER_MILLI = 1_000_000;

/**
 * Turns the protobuf message of a type into its JSON value. Fields that the type does not have are dropped, as by every
 * protobuf reader. Throws a `WireError` for bytes that are no message of the type.
 */
export function decodeMessage(schemas: BuiltInSchemas, type: string, bytes: Buffer): unknown {
  return new MessageDecoder(schemas).decode(type, bytes);
}

class MessageDecoder {
  readonly #schemas: BuiltInSchemas;
  #depth = 0;

  constructor(schemas: BuiltInSchemas) {
    this.#schemas = schemas;
  }

  decode(type: string, bytes: Buffer): unknown {
    const special = SPECIAL_MESSAGES[type];
    if (special !== undefined) return special(bytes);
    const message = this.#schemas.wireMessage(type);
    const fields: Json = {};
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) throw new WireError("exceeded max depth");
    this.#readInto(fields, message, new WireReader(bytes));
    this.#depth -= 1;
    return message.form === undefined ? fields : jsonForm(message.form, fields);
  }

  #readInto(target: Json, { fields }: WireMessage, reader: WireReader): void {
    while (!reader.isAtEnd) {
      const { field: number, wireType } = reader.readTag();
      const field = fields.get(number);
      if (field === undefined) reader.skip(wireType);
      else this.#readField(target, field, wireType, reader);
    }
  }

  #readField(target: Json, field: WireField, wireType: WireType, reader: WireReader): void {
    if (field.inline && !(field.type in SCALARS)) {
      expectType(field, wireType, 2);
      this.#readInto(target, this.#schemas.wireMessage(field.type), new WireReader(reader.readBytes()));
    } else if (field.map) {
      expectType(field, wireType, 2);
      const map = (target[field.name] ?? {}) as Json;
      const [key, value] = this.#readEntry(field, new WireReader(reader.readBytes()));
      // An assignment would take the key "__proto__" for something else.
      Object.defineProperty(map, key, { value, writable: true, enumerable: true, configurable: true });
      target[field.name] = map;
    } else if (field.repeated) {
      const list = (target[field.name] ?? []) as unknown[];
      list.push(this.#readValue(field, wireType, reader));
      target[field.name] = list;
    } else {
      target[field.name] = this.#readValue(field, wireType, reader);
    }
  }

  #readEntry(field: WireField, reader: WireReader): readonly [key: string, value: unknown] {
    let key = "";
    let value: unknown = emptyValue(field.type);
    while (!reader.isAtEnd) {
      const { field: number, wireType } = reader.readTag();
      if (number === 1 && wireType === 2) key = reader.readBytes().toString();
      else if (number === 2) value = this.#readValue(field, wireType, reader);
      else reader.skip(wireType);
    }
    return [key, value];
  }

  #readValue(field: WireField, wireType: WireType, reader: WireReader): unknown {
    const scalar = SCALARS[field.type];
    if (scalar !== undefined) {
      expectType(field, wireType, scalar.wireType);
      return scalar.read(reader);
    }
    expectType(field, wireType, 2);
    return this.decode(field.type, reader.readBytes());
  }
}

interface WireScalar {
  readonly wireType: WireType;
  readonly read: (reader: WireReader) => unknown;
}

const SCALARS: Readonly<Record<string, WireScalar>> = {
  string: { wireType: 2, read: (reader) => reader.readBytes().toString() },
  bytes: { wireType: 2, read: (reader) => reader.readBytes().toString("base64") },
  bool: { wireType: 0, read: (reader) => reader.readVarint() !== 0n },
  int32: { wireType: 0, read: (reader) => Number(BigInt.asIntN(32, reader.readVarint())) },
  int64: { wireType: 0, read: (reader) => Number(BigInt.asIntN(64, reader.readVarint())) },
  double: { wireType: 1, read: (reader) => reader.readDouble() },
  Quantity: { wireType: 2, read: (reader) => readFields(reader).text(1) },
  Duration: { wireType: 2, read: (reader) => formatDuration(readFields(reader).integer(1)) },
  Time: { wireType: 2, read: (reader) => readTime(reader, 0) },
  MicroTime: { wireType: 2, read: (reader) => readTime(reader, 6) },
  RawExtension: { wireType: 2, read: (reader) => parseRaw(readFields(reader).bytes(1)) },
  IntOrString: {
    wireType: 2,
    read: (reader) => {
      const fields = readFields(reader);
      return fields.integer(1) === 0n ? Number(BigInt.asIntN(32, fields.integer(2))) : fields.text(3);
    },
  },
};

/** Types whose only content is bytes that are JSON already. */
const SPECIAL_MESSAGES: Readonly<Record<string, (bytes: Buffer) => unknown>> = {
  "io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1": (bytes) => parseRaw(fieldsOf(bytes).bytes(1)),
  "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON": (bytes) =>
    parseRaw(fieldsOf(bytes).bytes(1)),
};

/** What the other types with a JSON form of their own are written as. */
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

/** The zero time is an empty message, and null in JSON. */
function readTime(reader: WireReader, fractionDigits: number): string | null {
  const fields = readFields(reader);
  const seconds = Number(BigInt.asIntN(64, fields.integer(1)));
  const nanos = Number(BigInt.asIntN(32, fields.integer(2)));
  if (seconds === 0 && nanos === 0) return null;
  const date = new Date(seconds * 1000 + Math.floor(nanos / NANOS_PER_MILLI));
  if (Number.isNaN(date.getTime())) throw new WireError("timestamp out of range");
  const fraction = String(nanos).padStart(9, "0").slice(0, fractionDigits);
  return `${date.toISOString().slice(0, 19)}${fraction === "" ? "" : `.${fraction}`}Z`;
}

function parseRaw(bytes: Buffer): unknown {
  if (bytes.length === 0) return null;
  try {
    return JSON.parse(bytes.toString()) as unknown;
  } catch (cause) {
    throw new WireError("embedded value is not JSON", { cause });
  }
}

function emptyValue(type: string): unknown {
  if (type === "string" || type === "bytes" || type === "Quantity") return "";
  if (type === "bool") return false;
  return type in SCALARS ? 0 : {};
}

function expectType({ name }: WireField, actual: WireType, wanted: WireType): void {
  if (actual !== wanted) {
    throw new WireError(
      `proto: wrong wireType = ${String(actual)} for field ${name.charAt(0).toUpperCase()}${name.slice(1)}`,
    );
  }
}

/** The fields of one of the small messages that are scalars in JSON. The last one of a number counts. */
class SmallMessage {
  readonly #integers = new Map<number, bigint>();
  readonly #bytes = new Map<number, Buffer>();

  constructor(reader: WireReader) {
    while (!reader.isAtEnd) {
      const { field, wireType } = reader.readTag();
      if (wireType === 0) this.#integers.set(field, reader.readVarint());
      else if (wireType === 2) this.#bytes.set(field, reader.readBytes());
      else reader.skip(wireType);
    }
  }

  integer(field: number): bigint {
    return this.#integers.get(field) ?? 0n;
  }

  bytes(field: number): Buffer {
    return this.#bytes.get(field) ?? Buffer.alloc(0);
  }

  text(field: number): string {
    return this.bytes(field).toString();
  }
}

function readFields(reader: WireReader): SmallMessage {
  return fieldsOf(reader.readBytes());
}

function fieldsOf(bytes: Buffer): SmallMessage {
  return new SmallMessage(new WireReader(bytes));
}
