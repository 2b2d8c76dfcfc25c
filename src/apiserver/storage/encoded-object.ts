/**
 * The bytes of stored objects. They are JSON without the resourceVersion, which the store knows only when it has
 * ordered the write; it is put back right behind `"metadata":{` when the bytes leave, so that nothing is parsed.
 */
import { parseExactJson } from "#apimachinery/exact-json.ts";
import type { KubeObject } from "#apimachinery/meta.ts";

const METADATA_START = Buffer.from('"metadata":{');
const FIELD_START = '"resourceVersion":"';
const FIELD_END = '",';
const OPEN_BRACE = 0x7b;

/** The bytes to store: type and metadata first, no resourceVersion. Metadata must not be empty without it. */
export function encodeObject({ apiVersion, kind, metadata, ...fields }: KubeObject): Uint8Array {
  const { resourceVersion: _, ...stored } = metadata;
  return Buffer.from(JSON.stringify({ kind, apiVersion, metadata: stored, ...fields }));
}

/** The stored object without its resourceVersion. */
export function decodeObject(value: Uint8Array): KubeObject {
  return parseExactJson(asBuffer(value).toString()) as KubeObject;
}

/** The object with this resourceVersion, which is its first metadata field, as in the bytes. */
export function withResourceVersion(object: KubeObject, revision: number): KubeObject {
  const { resourceVersion: _, ...metadata } = object.metadata;
  return { ...object, metadata: { resourceVersion: String(revision), ...metadata } };
}

/** How many bytes `writeObject` writes. */
export function objectLength(value: Uint8Array, revision: number, part: ObjectPart = "whole"): number {
  const skipped = part === "whole" ? 0 : typeMetaLength(value);
  return value.length - skipped + FIELD_START.length + String(revision).length + FIELD_END.length;
}

/** `withoutType` leaves out `kind` and `apiVersion`, as in the items of lists of built-in kinds. */
export type ObjectPart = "whole" | "withoutType";

/** Writes a stored object with its resourceVersion at `offset` and returns the offset behind it. */
export function writeObject(
  target: Buffer,
  offset: number,
  { value, revision }: { readonly value: Uint8Array; readonly revision: number },
  part: ObjectPart = "whole",
): number {
  const fieldsStart = metadataFieldsStart(value);
  let position = offset;
  if (part === "withoutType") {
    target[position] = OPEN_BRACE;
    position += 1;
    target.set(METADATA_START, position);
    position += METADATA_START.length;
  } else {
    target.set(value.subarray(0, fieldsStart), position);
    position += fieldsStart;
  }
  position += target.write(FIELD_START + String(revision) + FIELD_END, position, "latin1");
  target.set(value.subarray(fieldsStart), position);
  return position + value.length - fieldsStart;
}

/** The bytes of a stored object with its resourceVersion. */
export function objectBytes(value: Uint8Array, revision: number): Buffer {
  const bytes = Buffer.allocUnsafe(objectLength(value, revision));
  writeObject(bytes, 0, { value, revision });
  return bytes;
}

/** Bytes of `"kind":…,"apiVersion":…,` in front of the metadata. */
function typeMetaLength(value: Uint8Array): number {
  return metadataFieldsStart(value) - METADATA_START.length - 1;
}

function metadataFieldsStart(value: Uint8Array): number {
  const start = asBuffer(value).indexOf(METADATA_START);
  if (start < 0) throw new SyntaxError("Stored value is not an encoded object: it has no metadata");
  return start + METADATA_START.length;
}

function asBuffer(value: Uint8Array): Buffer {
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}
