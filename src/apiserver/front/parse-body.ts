import type { BuiltInSchemas } from "#api/schemas.ts";
import { unrecognizedObject } from "#apimachinery/codec/codec.ts";
import { JsonSyntaxError, parseJson } from "#apimachinery/codec/parse-json.ts";
import { quote } from "#apimachinery/go-text.ts";
import { canonicalJson } from "#apimachinery/hash-object.ts";
import type { GroupVersionKind } from "#apimachinery/meta.ts";
import { badRequest, type StatusError, unsupportedMediaType } from "#apimachinery/status-error.ts";
import { parseYamlText } from "#apimachinery/yaml/yaml-text.ts";
import { CborError } from "../cbor/cbor-head.ts";
import { decodeCbor } from "../cbor/decode-cbor.ts";
import type { ParseYaml } from "../formats/yaml-thread.ts";
import { ObjectDecodeError, ObjectDecoder } from "../protobuf/object-decoder.ts";
import { WireError } from "../protobuf/wire-reader.ts";
import { parseContentType } from "./media-type.ts";
import { CBOR_TYPE, JSON_TYPE, PROTOBUF_TYPE, STANDARD_TYPES, YAML_TYPE } from "./output-format.ts";

/** CBOR is read, but not announced, as in answers. */
const BODY_TYPES: readonly string[] = [...STANDARD_TYPES, CBOR_TYPE];

export interface BodyFormat {
  readonly mediaType: string;
  /** What the path asks for; messages name it. */
  readonly gvk: GroupVersionKind;
  /** Default: when the body is parsed. */
  readonly parseYaml?: ParseYaml;
}

export interface ParsedBody {
  readonly object: unknown;
  /** As JSON, where the body was a text. */
  readonly text?: string;
  /** What is wrong with the text although it can be parsed. */
  readonly problems: readonly string[];
}

/** A body that cannot be read, and what kind of object it says it is if it got that far. */
export class UnreadableBody extends Error {
  override readonly name = "UnreadableBody";
  readonly actual: GroupVersionKind | undefined;

  constructor(problem: string, actual?: GroupVersionKind) {
    super(problem);
    this.actual = actual;
  }
}

/** The media type of a body. Throws UnsupportedMediaType for one that cannot be read; none at all means JSON. */
export function bodyMediaType(contentType: string | undefined): string {
  const mediaType =
    contentType === undefined || contentType === "" ? JSON_TYPE : parseContentType(contentType);
  if (mediaType !== undefined && BODY_TYPES.includes(mediaType)) return mediaType;
  throw unsupportedBody(STANDARD_TYPES);
}

export function unsupportedBody(types: readonly string[]): StatusError {
  return unsupportedMediaType(
    `the body of the request was in an unknown format - accepted media types include: ${types.join(", ")}`,
  );
}

/** Reads bodies in all the formats that there are. */
export class BodyParser {
  readonly #protobuf: ObjectDecoder;

  constructor(schemas: BuiltInSchemas) {
    this.#protobuf = new ObjectDecoder(schemas);
  }

  /** Throws BadRequest for a body that cannot be read, in upstream's words. */
  parse(bytes: Buffer, format: BodyFormat): ParsedBody {
    try {
      return this.read(bytes, format);
    } catch (error) {
      if (!(error instanceof UnreadableBody)) throw error;
      throw unreadableObject(error, bytes, format);
    }
  }

  /** Throws an `UnreadableBody`. */
  read(bytes: Buffer, format: BodyFormat): ParsedBody {
    switch (format.mediaType) {
      case PROTOBUF_TYPE:
        return { object: this.#readProtobuf(bytes, format), problems: [] };
      case CBOR_TYPE:
        return { object: readCbor(bytes), problems: [] };
      case YAML_TYPE:
        return readYaml(bytes.toString(), format);
      default:
        return readJson(bytes.toString());
    }
  }

  #readProtobuf(bytes: Buffer, { gvk }: BodyFormat): unknown {
    try {
      return this.#protobuf.decode(bytes, gvk);
    } catch (error) {
      if (error instanceof ObjectDecodeError) throw new UnreadableBody(error.message, error.actual);
      if (error instanceof WireError) throw new UnreadableBody(error.message);
      throw error;
    }
  }
}

/** apiserver `handlers/rest.go` transformDecodeError */
function unreadableObject(
  { message, actual }: UnreadableBody,
  bytes: Buffer,
  { gvk }: BodyFormat,
): StatusError {
  if (actual === undefined) return unrecognizedObject(gvk, message, bytes);
  const version = quote(actual.version);
  return badRequest(`${actual.kind} in version ${version} cannot be handled as a ${gvk.kind}: ${message}`);
}

function readJson(text: string): ParsedBody {
  try {
    return { object: parseJson(text), text, problems: [] };
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    throw new UnreadableBody(`couldn't get version/kind; json parse error: ${error.message}`);
  }
}

/** Upstream goes on with JSON whose fields are sorted. */
function readYaml(text: string, { parseYaml = parseYamlText }: BodyFormat): ParsedBody {
  try {
    const { value, duplicateKeys } = parseYaml(text);
    const problems =
      duplicateKeys.length === 0 ? [] : [`yaml: unmarshal errors:\n  ${duplicateKeys.join("\n  ")}`];
    return { object: value, text: canonicalJson(value ?? null), problems };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new UnreadableBody(`error converting YAML to JSON: ${error.message}`);
  }
}

function readCbor(bytes: Buffer): unknown {
  try {
    return decodeCbor(bytes);
  } catch (error) {
    if (!(error instanceof CborError)) throw error;
    throw new UnreadableBody(`unable to determine group/version/kind: ${error.message}`);
  }
}
