import { formatDuration } from "#apimachinery/duration.ts";
import { parseFiniteJson } from "#apimachinery/exact-json.ts";
import { WIRE, WireError, type WireReader } from "./wire-reader.ts";

export interface ScalarReader {
  readonly wireType: 0 | 1 | 2;
  readonly read: (reader: WireReader) => unknown;
  /** What an entry of a map has that has no value. */
  readonly empty: unknown;
}

const RAW: ScalarReader = { wireType: WIRE.bytes, read: readRaw, empty: null };

/** For everything that has no fields in JSON, by the names that the schema facts use. */
export const scalarReaders: ReadonlyMap<string, ScalarReader> = new Map<string, ScalarReader>([
  ["string", { wireType: WIRE.bytes, read: (reader) => reader.readText(), empty: "" }],
  ["bytes", { wireType: WIRE.bytes, read: (reader) => reader.readBytes().toString("base64"), empty: "" }],
  ["bool", { wireType: WIRE.varint, read: (reader) => reader.readUnsigned() !== 0, empty: false }],
  ["int32", { wireType: WIRE.varint, read: (reader) => reader.readInt32(), empty: 0 }],
  ["int64", { wireType: WIRE.varint, read: (reader) => reader.readSigned(), empty: 0 }],
  ["double", { wireType: WIRE.fixed64, read: (reader) => reader.readDouble(), empty: 0 }],
  ["Quantity", { wireType: WIRE.bytes, read: readQuantity, empty: "0" }],
  ["Time", { wireType: WIRE.bytes, read: (reader) => readTime(reader, 0), empty: null }],
  ["MicroTime", { wireType: WIRE.bytes, read: (reader) => readTime(reader, MICRO_DIGITS), empty: null }],
  ["Duration", { wireType: WIRE.bytes, read: readDuration, empty: "0s" }],
  ["IntOrString", { wireType: WIRE.bytes, read: readIntOrString, empty: 0 }],
  ["RawExtension", RAW],
  ["io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1", RAW],
  ["io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON", RAW],
]);

const MICRO_DIGITS = 6;
const NANOS_PER_SECOND = 1_000_000_000;

function readQuantity(reader: WireReader): string {
  let text = "0";
  forEachField(reader.readMessage(), (field, message) => {
    if (field === 1) text = message.readText();
    return field === 1;
  });
  return text;
}

/** The zero time is an empty message, and null in JSON. */
function readTime(reader: WireReader, fractionDigits: number): string | null {
  const message = reader.readMessage();
  if (message.isAtEnd) return null;
  const { first: seconds, second: nanos } = readIntegers(message);
  // Times without fractions take no notice of the nanoseconds.
  const carried = fractionDigits === 0 ? 0 : Math.floor(nanos / NANOS_PER_SECOND);
  const date = new Date((seconds + carried) * 1000);
  if (Number.isNaN(date.getTime())) throw new WireError("timestamp out of range");
  const fraction = String(nanos - carried * NANOS_PER_SECOND).padStart(9, "0");
  const digits = fractionDigits === 0 ? "" : `.${fraction.slice(0, fractionDigits)}`;
  return `${date.toISOString().slice(0, -".000Z".length)}${digits}Z`;
}

function readDuration(reader: WireReader): string {
  return formatDuration(BigInt(readIntegers(reader.readMessage()).first));
}

function readIntOrString(reader: WireReader): number | string {
  let [type, number, text] = [0, 0, ""];
  forEachField(reader.readMessage(), (field, message) => {
    if (field === 1) type = message.readSigned();
    else if (field === 2) number = message.readInt32();
    else if (field === 3) text = message.readText();
    return field <= 3;
  });
  return type === 0 ? number : text;
}

/** Any JSON, as bytes. */
function readRaw(reader: WireReader): unknown {
  let bytes: Buffer = Buffer.alloc(0);
  forEachField(reader.readMessage(), (field, message) => {
    if (field === 1) bytes = message.readBytes();
    return field === 1;
  });
  if (bytes.length === 0) return null;
  try {
    return parseFiniteJson(bytes.toString());
  } catch (cause) {
    throw new WireError("embedded value is not JSON", { cause });
  }
}

/** The fields of a message that has two whole numbers at most. */
function readIntegers(message: WireReader): { readonly first: number; readonly second: number } {
  let [first, second] = [0, 0];
  forEachField(message, (field, fields) => {
    if (field === 1) first = fields.readSigned();
    else if (field === 2) second = fields.readInt32();
    return field <= 2;
  });
  return { first, second };
}

/** Calls `read` at each field; what it does not read, and says so by false, is passed over. */
function forEachField(message: WireReader, read: (field: number, message: WireReader) => boolean): void {
  while (!message.isAtEnd) {
    const { field, wireType } = message.readTag();
    if (!read(field, message)) message.skip(wireType);
  }
}
