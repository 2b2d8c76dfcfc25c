import type { BuiltInSchemas } from "#api/schemas.ts";
import { formatApiVersion, type GroupVersionKind, parseApiVersion } from "#apimachinery/meta.ts";
import { decodeEnvelope, type Envelope } from "./envelope.ts";
import { MessageDecoder } from "./message-decoder.ts";
import { messageTypeOf } from "./message-types.ts";
import { WireError } from "./wire-reader.ts";

/** An object whose kind is known but that cannot be decoded. */
export class ObjectDecodeError extends SyntaxError {
  override readonly name = "ObjectDecodeError";
  readonly actual: GroupVersionKind;

  constructor(problem: string, actual: GroupVersionKind) {
    super(problem);
    this.actual = actual;
  }
}

/** Reads objects from their protobuf form. */
export class ObjectDecoder {
  readonly #schemas: BuiltInSchemas;
  readonly #messages: MessageDecoder;

  constructor(schemas: BuiltInSchemas) {
    this.#schemas = schemas;
    this.#messages = new MessageDecoder(schemas);
  }

  /**
   * The JSON value of an object, with the kind that its envelope names, or what of `wanted` it leaves out. Throws a
   * `WireError` for bytes that are no object, and an `ObjectDecodeError` for an object that is of no use.
   */
  decode(bytes: Buffer, wanted: GroupVersionKind): object {
    const envelope = decodeEnvelope(bytes);
    const actual = completeKind(envelope, wanted);
    const type = this.#typeOf(actual, wanted);
    try {
      const fields = this.#messages.decode(type, envelope.raw) as object;
      return { ...fields, apiVersion: formatApiVersion(actual), kind: actual.kind };
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      throw new ObjectDecodeError(error.message, actual);
    }
  }

  #typeOf(actual: GroupVersionKind, wanted: GroupVersionKind): string {
    if (messageTypeOf(this.#schemas, formatApiVersion(wanted), wanted.kind) === undefined) {
      throw new ObjectDecodeError(NOT_MARSHALABLE, actual);
    }
    const apiVersion = formatApiVersion(actual);
    const type = messageTypeOf(this.#schemas, apiVersion, actual.kind);
    if (type !== undefined) return type;
    throw new ObjectDecodeError(
      `no kind "${actual.kind}" is registered for version "${apiVersion}" in scheme "${SCHEME}"`,
      actual,
    );
  }
}

/** What upstream says of custom resources, whose kinds are none of its types. */
export const NOT_MARSHALABLE =
  "object *unstructured.Unstructured does not implement the protobuf marshalling interface and cannot be encoded to a protobuf message";

/** Where upstream declares the registry of its kinds. */
const SCHEME = "pkg/api/legacyscheme/scheme.go:30";

function completeKind({ apiVersion, kind }: Envelope, wanted: GroupVersionKind): GroupVersionKind {
  const { group, version } = apiVersion === "" ? wanted : parseApiVersion(apiVersion);
  return { group, version, kind: kind === "" ? wanted.kind : kind };
}
