import { BuiltInSchemas } from "#api/schemas.ts";
import { parseYamlText } from "#apimachinery/yaml/yaml-text.ts";
import { CborFormat } from "#apiserver/cbor/cbor-format.ts";
import { decodeCbor } from "#apiserver/cbor/decode-cbor.ts";
import { formatYamlText } from "#apiserver/formats/write-yaml.ts";
import { ObjectDecoder } from "#apiserver/protobuf/object-decoder.ts";
import { ProtobufFormat } from "#apiserver/protobuf/protobuf-format.ts";

/** What a client does with one media type. */
export interface WireCodec {
  readonly mediaType: string;
  readonly encode: (object: object) => Uint8Array;
  readonly decode: (bytes: Buffer) => unknown;
}

const schemas = new BuiltInSchemas();
const protobuf = new ProtobufFormat(schemas);
const protobufDecoder = new ObjectDecoder(schemas);
const cbor = new CborFormat(schemas);
const WANTED = { group: "", version: "v1", kind: "Status" };

const jsonOf = (object: object): Buffer => Buffer.from(JSON.stringify(object));

export const jsonCodec: WireCodec = {
  mediaType: "application/json",
  encode: jsonOf,
  decode: (bytes) => JSON.parse(bytes.toString()) as unknown,
};

export const yamlCodec: WireCodec = {
  mediaType: "application/yaml",
  encode: (object) => Buffer.from(formatYamlText(object)),
  decode: (bytes) => parseYamlText(bytes.toString()).value,
};

export const protobufCodec: WireCodec = {
  mediaType: "application/vnd.kubernetes.protobuf",
  encode: (object) => protobuf.document(jsonOf(object)),
  decode: (bytes) => protobufDecoder.decode(bytes, WANTED),
};

export const cborCodec: WireCodec = {
  mediaType: "application/cbor",
  encode: (object) => cbor.document(jsonOf(object)),
  decode: decodeCbor,
};
