import type { BuiltInSchemas } from "#api/schemas.ts";
import { unrecognizedObject } from "#apimachinery/codec/codec.ts";
import { JsonSyntaxError, parseJson } from "#apimachinery/codec/parse-json.ts";
import type { GroupVersionKind } from "#apimachinery/meta.ts";
import type { WriteOptions } from "#apimachinery/request.ts";
import { badRequest, type StatusError, unsupportedMediaType } from "#apimachinery/status-error.ts";
import { decodeEnvelope } from "../protobuf/decode-envelope.ts";
import { WireError } from "../protobuf/wire-reader.ts";
import { parseMediaType } from "./media-type.ts";
import { JSON_TYPE, YAML_TYPE } from "./output-format.ts";
import { parseYamlText } from "./yaml-text.ts";

const PROTOBUF_TYPE = "application/vnd.kubernetes.protobuf";

/** In the order in which messages list them. */
const BODY_TYPES: readonly string[] = [JSON_TYPE, YAML_TYPE, PROTOBUF_TYPE];

export interface BodyFormat {
  readonly mediaType: string;
  /** What the path asks for; messages name it. */
  readonly gvk: GroupVersionKind;
  readonly fieldValidation: WriteOptions["fieldValidation"];
}

export interface ParsedBody {
  readonly object: unknown;
  /** As JSON. */
  readonly text: string;
  /** What is to be said of a text that is accepted nevertheless. */
  readonly warnings: readonly string[];
}

/** The media type of a body. Throws UnsupportedMediaType for one that cannot be read; none at all means JSON. */
export function bodyMediaType(contentType: string | undefined): string {
  const name =
    contentType === undefined || contentType === "" ? JSON_TYPE : parseMediaType(contentType)?.name;
  if (name !== undefined && BODY_TYPES.includes(name)) return name;
  throw unsupportedBody(BODY_TYPES);
}

export function unsupportedBody(types: readonly string[]): StatusError {
  return unsupportedMediaType(
    `the body of the request was in an unknown format - accepted media types include: ${types.join(", ")}`,
  );
}

/** Throws BadRequest for a body that cannot be parsed, in upstream's words. */
export function parseBody(schemas: BuiltInSchemas, bytes: Buffer, format: BodyFormat): ParsedBody {
  if (format.mediaType === PROTOBUF_TYPE) return parseProtobuf(schemas, bytes, format);
  const text = bytes.toString();
  return format.mediaType === YAML_TYPE ? parseYaml(text, format) : parseJsonText(text, format);
}

function parseJsonText(text: string, { gvk }: BodyFormat): ParsedBody {
  try {
    return { object: parseJson(text), text, warnings: [] };
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    throw unrecognizedObject(gvk, `couldn't get version/kind; json parse error: ${error.message}`, text);
  }
}

function parseYaml(text: string, { gvk, fieldValidation }: BodyFormat): ParsedBody {
  try {
    const { value, duplicateKeys } = parseYamlText(text);
    if (duplicateKeys.length > 0 && fieldValidation === "Strict") {
      throw badRequest(`strict decoding error: yaml: unmarshal errors:\n  ${duplicateKeys.join("\n  ")}`);
    }
    const warnings = fieldValidation === "Ignore" ? [] : duplicateKeys;
    return { object: value, text: JSON.stringify(value) ?? "null", warnings };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw unrecognizedObject(gvk, `error converting YAML to JSON: ${error.message}`, text);
  }
}

function parseProtobuf(schemas: BuiltInSchemas, bytes: Buffer, { gvk }: BodyFormat): ParsedBody {
  try {
    const object = decodeEnvelope(schemas, bytes, gvk);
    return { object, text: JSON.stringify(object), warnings: [] };
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    throw unrecognizedObject(gvk, error.message, bytes.toString("latin1"));
  }
}
