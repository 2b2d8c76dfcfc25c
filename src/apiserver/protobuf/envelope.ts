import { WIRE, WireError, WireReader } from "./wire-reader.ts";

/** Every document begins with it (apimachinery `pkg/runtime/serializer/protobuf`). */
export const PREFIX = Buffer.from("k8s\0");

/** What is in the envelope (`runtime.Unknown`) around an object. */
export interface Envelope {
  /** Empty where the envelope does not say. */
  readonly apiVersion: string;
  readonly kind: string;
  /** The message of the object. */
  readonly raw: Buffer;
}

/** Throws a `WireError` for bytes that are no such thing. */
export function decodeEnvelope(bytes: Buffer): Envelope {
  if (bytes.length === 0) throw new WireError("empty data");
  if (!bytes.subarray(0, PREFIX.length).equals(PREFIX)) {
    const prefix = [...PREFIX].join(" ");
    throw new WireError(
      `provided data does not appear to be a protobuf message, expected prefix [${prefix}]`,
    );
  }
  if (bytes.length === PREFIX.length) throw new WireError("empty body");
  const fields = readFields(bytes.subarray(PREFIX.length));
  const typeMeta = readFields(fields.get(1) ?? Buffer.alloc(0));
  return {
    apiVersion: typeMeta.get(1)?.toString() ?? "",
    kind: typeMeta.get(2)?.toString() ?? "",
    raw: fields.get(2) ?? Buffer.alloc(0),
  };
}

/** The fields of a message that have a length, by their numbers. */
function readFields(bytes: Buffer): ReadonlyMap<number, Buffer> {
  const reader = new WireReader(bytes);
  const fields = new Map<number, Buffer>();
  while (!reader.isAtEnd) {
    const { field, wireType } = reader.readTag();
    if (wireType === WIRE.bytes) fields.set(field, reader.readBytes());
    else reader.skip(wireType);
  }
  return fields;
}
