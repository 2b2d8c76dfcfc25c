import type { BuiltInSchemas } from "#api/schemas.ts";
import { type GroupVersionKind, parseApiVersion } from "#apimachinery/meta.ts";
import { decodeMessage } from "./decode-message.ts";
import { WireError, WireReader } from "./wire-reader.ts";

/** Every object in protobuf begins with it (apimachinery `pkg/runtime/serializer/protobuf`). */
const PREFIX = Buffer.from("k8s\0");

/** What is in the envelope (`runtime.Unknown`) around an object. */
interface Envelope {
  readonly apiVersion: string;
  readonly kind: string;
  readonly raw: Buffer;
}

/**
 * Reads an object from its protobuf form; the kind is the one that the envelope names, or `fallback` where it names
 * none. Throws a `WireError` for bytes that are no such thing and for kinds that have no protobuf form.
 */
export function decodeEnvelope(schemas: BuiltInSchemas, bytes: Buffer, fallback: GroupVersionKind): unknown {
  const { apiVersion, kind, raw } = readEnvelope(bytes);
  const gvk = kind === "" ? fallback : { ...parseApiVersion(apiVersion), kind };
  const type = schemas.nameOf(gvk.group, gvk.version, gvk.kind) ?? ANY_GROUP[gvk.kind];
  if (type === undefined) throw new WireError(`no kind "${kind}" is registered for version "${apiVersion}"`);
  return { ...(decodeMessage(schemas, type, raw) as object), ...(kind !== "" && { apiVersion, kind }) };
}

/** Kinds that belong to every group version. */
const ANY_GROUP: Readonly<Record<string, string>> = {
  DeleteOptions: "io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions",
};

function readEnvelope(bytes: Buffer): Envelope {
  if (!bytes.subarray(0, PREFIX.length).equals(PREFIX)) {
    const prefix = [...PREFIX].join(" ");
    throw new WireError(
      `provided data does not appear to be a protobuf message, expected prefix [${prefix}]`,
    );
  }
  const fields = readTexts(bytes.subarray(PREFIX.length));
  const typeMeta = readTexts(fields.get(1) ?? Buffer.alloc(0));
  return {
    apiVersion: typeMeta.get(1)?.toString() ?? "",
    kind: typeMeta.get(2)?.toString() ?? "",
    raw: fields.get(2) ?? Buffer.alloc(0),
  };
}

/** The length-delimited fields of a message by their numbers. */
function readTexts(bytes: Buffer): ReadonlyMap<number, Buffer> {
  const reader = new WireReader(bytes);
  const fields = new Map<number, Buffer>();
  while (!reader.isAtEnd) {
    const { field, wireType } = reader.readTag();
    if (wireType === 2) fields.set(field, reader.readBytes());
    else reader.skip(wireType);
  }
  return fields;
}
