/**
 * The bytes of stored objects. They are JSON without the resourceVersion, which the store knows only when it has
 * ordered the write; it is put back right behind `"metadata":{` when the bytes leave, so that nothing is parsed.
 */
import { parseExactJson } from "#apimachinery/exact-json.ts";
import type { KubeObject } from "#apimachinery/meta.ts";

const METADATA_START = Buffer.from('{"metadata":{');
const FIELD_START = Buffer.from('"resourceVersion":"');
const FIELD_END = Buffer.from('",');
const OPEN_BRACE = 0x7b;

/** What the resourceVersion takes at most. */
export const MAX_REVISION_BYTES =
  FIELD_START.length + String(Number.MAX_SAFE_INTEGER).length + FIELD_END.length;

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

/** `withoutType` leaves out `kind` and `apiVersion`, as in the items of lists of built-in kinds. */
export type ObjectPart = "whole" | "withoutType";

/** What is the same for all stored objects of one kind and version, so that none but the first is searched. */
export interface Layout {
  readonly part: ObjectPart;
  /** Where the fields of the metadata begin. */
  readonly fieldsStart: number;
}

export function layoutOf(value: Uint8Array, part: ObjectPart = "whole"): Layout {
  return { part, fieldsStart: metadataFieldsStart(value) };
}

/** How many bytes `writeObject` writes. */
export function objectLength(value: Uint8Array, revision: number, layout = layoutOf(value)): number {
  const skipped = layout.part === "whole" ? 0 : layout.fieldsStart - METADATA_START.length;
  return value.length - skipped + FIELD_START.length + String(revision).length + FIELD_END.length;
}

/** Writes a stored object with its resourceVersion at `offset` and returns the offset behind it. */
export function writeObject(
  target: Buffer,
  offset: number,
  { value, revision }: { readonly value: Uint8Array; readonly revision: number },
  { part, fieldsStart } = layoutOf(value),
): number {
  let position =
    part === "whole"
      ? writeShort(target, offset, value, fieldsStart)
      : writeShort(target, offset, METADATA_START);
  position = writeShort(target, position, FIELD_START);
  const digits = String(revision);
  for (let index = 0; index < digits.length; index += 1) target[position + index] = digits.charCodeAt(index);
  position = writeShort(target, position + digits.length, FIELD_END);
  // `set` would want a view of the rest, which costs more than it copies.
  (Buffer.prototype as Buffer).copy.call(value, target, position, fieldsStart);
  return position + value.length - fieldsStart;
}

/** The bytes of a stored object with its resourceVersion. */
export function objectBytes(value: Uint8Array, revision: number): Buffer {
  const layout = layoutOf(value);
  const bytes = Buffer.allocUnsafe(objectLength(value, revision, layout));
  writeObject(bytes, 0, { value, revision }, layout);
  return bytes;
}

/** Where the fields of the metadata begin: behind the second brace, as neither kind nor version has one. */
function metadataFieldsStart(value: Uint8Array): number {
  for (let at = 1; at < value.length; at += 1) if (value[at] === OPEN_BRACE) return at + 1;
  throw new SyntaxError("Stored value is not an encoded object: it has no metadata");
}

/** For a few bytes a loop is cheaper than the runtime's own copying. */
function writeShort(target: Buffer, offset: number, source: Uint8Array, length = source.length): number {
  for (let at = 0; at < length; at += 1) target[offset + at] = source[at] ?? 0;
  return offset + length;
}

function asBuffer(value: Uint8Array): Buffer {
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}
