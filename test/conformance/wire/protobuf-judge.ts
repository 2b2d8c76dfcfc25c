/** A second protobuf codec for Kubernetes' types, by `@bufbuild/protobuf` and descriptors made of the generated facts. */
import {
  create,
  createFileRegistry,
  type DescMessage,
  type FileRegistry,
  fromBinary,
  fromJson,
  type JsonValue,
  toBinary,
  toJson,
} from "@bufbuild/protobuf";
import {
  type DescriptorProto,
  DescriptorProtoSchema,
  FieldDescriptorProtoSchema,
  FileDescriptorSetSchema,
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
} from "@bufbuild/protobuf/wkt";
import type { BuiltInSchemas, WireField } from "#api/schemas.ts";
import { fromKubernetes, toKubernetes } from "./protobuf-json.ts";

const SCALARS: Readonly<Record<string, Type>> = {
  string: Type.STRING,
  bytes: Type.BYTES,
  bool: Type.BOOL,
  int32: Type.INT32,
  int64: Type.INT64,
  double: Type.DOUBLE,
};

/** Messages that the facts take for scalars, and the envelope, from upstream's `generated.proto` files. */
const MESSAGES: Readonly<Record<string, readonly (readonly [name: string, type: string])[]>> = {
  Time: [
    ["seconds", "int64"],
    ["nanos", "int32"],
  ],
  MicroTime: [
    ["seconds", "int64"],
    ["nanos", "int32"],
  ],
  Quantity: [["string", "string"]],
  Duration: [["duration", "int64"]],
  IntOrString: [
    ["type", "int64"],
    ["intVal", "int32"],
    ["strVal", "string"],
  ],
  RawExtension: [["raw", "bytes"]],
  TypeMeta: [
    ["apiVersion", "string"],
    ["kind", "string"],
  ],
  Unknown: [
    ["typeMeta", "TypeMeta"],
    ["raw", "bytes"],
    ["contentEncoding", "string"],
    ["contentType", "string"],
  ],
};

export class ProtobufJudge {
  readonly #schemas: BuiltInSchemas;
  readonly #registry: FileRegistry;

  constructor(schemas: BuiltInSchemas) {
    this.#schemas = schemas;
    const messages = [
      ...Object.entries(MESSAGES).map(([name, fields]) =>
        messageOf(
          name,
          fields.map(([field, type], index) => ({ ...PLAIN, number: index + 1, name: field, type })),
        ),
      ),
      ...schemas.names().map((name) => messageOf(name, [...schemas.wireMessage(name).fields.values()])),
    ];
    const file = { name: "kubernetes.proto", syntax: "proto2", messageType: messages };
    this.#registry = createFileRegistry(create(FileDescriptorSetSchema, { file: [file] }));
  }

  /** What a message says, as protobuf's own JSON: every field that is there, and no other. */
  read(type: string, bytes: Uint8Array): JsonValue {
    const message = this.#message(type);
    return toJson(message, fromBinary(message, bytes));
  }

  /** The same bytes again, for what is written in the order of the fields and in the shortest form. */
  rewrite(type: string, bytes: Uint8Array): Uint8Array {
    const message = this.#message(type);
    return toBinary(message, fromBinary(message, bytes));
  }

  /** The JSON of Kubernetes for a message, as far as it says something. */
  decode(type: string, bytes: Uint8Array): unknown {
    return toKubernetes(this.#schemas, type, this.read(type, bytes));
  }

  /** A message with the fields that a value of Kubernetes has, and no zero values besides. */
  encode(type: string, value: unknown): Uint8Array {
    const message = this.#message(type);
    const json = fromKubernetes(this.#schemas, type, value);
    return toBinary(message, fromJson(message, json as JsonValue));
  }

  #message(type: string): DescMessage {
    const found = this.#registry.getMessage(messageName(type));
    if (found === undefined) throw new RangeError(`No message for type "${type}"`);
    return found;
  }
}

const PLAIN = { repeated: false, map: false, inline: false, pointer: false };

function messageOf(type: string, fields: readonly WireField[]): DescriptorProto {
  const maps = fields.filter(({ map }) => map);
  return create(DescriptorProtoSchema, {
    name: messageName(type),
    field: fields.map((field) => fieldOf(type, field)),
    nestedType: maps.map((field) => ({
      name: entryName(field),
      options: { mapEntry: true },
      field: [
        fieldOf(type, { ...PLAIN, number: 1, name: "key", type: "string" }),
        fieldOf(type, { ...field, map: false, repeated: false, number: 2, name: "value" }),
      ],
    })),
  });
}

function fieldOf(message: string, field: WireField) {
  const { number, name, type, map, repeated } = field;
  const scalar = map ? undefined : SCALARS[type];
  const typeName = map ? `.${messageName(message)}.${entryName(field)}` : `.${messageName(type)}`;
  return create(FieldDescriptorProtoSchema, {
    name: `field${String(number)}`,
    jsonName: name,
    number,
    label: map || repeated ? Label.REPEATED : Label.OPTIONAL,
    ...(scalar === undefined ? { type: Type.MESSAGE, typeName } : { type: scalar }),
  });
}

function entryName({ number }: WireField): string {
  return `Field${String(number)}Entry`;
}

function messageName(type: string): string {
  return type.replaceAll(/[^A-Za-z0-9]/g, "_");
}
