import type { BuiltInSchemas } from "#api/schemas.ts";
import { Codec } from "#apimachinery/codec/codec.ts";
import type { DeleteOptions } from "#apimachinery/generated/meta-v1.ts";
import { badRequest } from "#apimachinery/status-error.ts";
import { type BodyFormat, type BodyParser, UnreadableBody } from "./parse-body.ts";

const KIND = { group: "", version: "v1", kind: "DeleteOptions" };
const TYPE = "io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions";

/** Reads the options that a delete may carry in its body; undefined for an empty body. Throws BadRequest. */
export type DeleteOptionsReader = (
  bytes: Buffer,
  format: Pick<BodyFormat, "mediaType" | "parseYaml">,
) => DeleteOptions | undefined;

export function createDeleteOptionsReader(schemas: BuiltInSchemas, parser: BodyParser): DeleteOptionsReader {
  const codec = new Codec();
  return (bytes, format) => {
    if (bytes.length === 0) return undefined;
    const schema = schemas.ofType(TYPE);
    if (schema.type !== "object") throw new TypeError("DeleteOptions has no object schema");
    const object = readBody(parser, bytes, format);
    const decoded = codec.decode(schema, withoutGroup(object), { gvk: KIND, fieldValidation: "Ignore" });
    // The schema is the one that the type was generated from.
    return decoded.object as unknown as DeleteOptions;
  };
}

function readBody(
  parser: BodyParser,
  bytes: Buffer,
  format: Pick<BodyFormat, "mediaType" | "parseYaml">,
): unknown {
  try {
    return parser.read(bytes, { ...format, gvk: KIND }).object;
  } catch (error) {
    if (error instanceof UnreadableBody) throw badRequest(error.message);
    throw error;
  }
}

/** The kind is registered in every group version, so the one that a client names does not matter. */
function withoutGroup(object: unknown): unknown {
  if (typeof object !== "object" || object === null || !("kind" in object)) return object;
  if (object.kind !== "" && object.kind !== KIND.kind) {
    throw badRequest("decoded object cannot be converted to DeleteOptions");
  }
  return { ...object, apiVersion: KIND.version, kind: KIND.kind };
}
