import { parseDuration } from "#apimachinery/duration.ts";
import { ESCAPED_TEXT, type JsonTape, NULL, TEXT } from "../storage/json-tape.ts";
import type { ReverseWriter } from "./reverse-writer.ts";

/** Writes the value at a place of the tape without tag and length, and the zero value where there is null. */
export type WriteValue = (out: ReverseWriter, tape: JsonTape, place: number) => void;

export interface ScalarWriter {
  readonly wireType: 0 | 1 | 2;
  readonly write: WriteValue;
}

/** Tags of the small messages that are scalars in JSON: field number times eight, plus the type on the wire. */
const TAG = { text1: 0x0a, integer1: 0x08, integer2: 0x10, text3: 0x1a } as const;

const INTEGER: ScalarWriter = { wireType: 0, write: writeInteger };
const RAW: ScalarWriter = { wireType: 2, write: writeRaw };

/** For everything that has no fields in JSON, by the names that the schema facts use. */
export const scalarWriters: ReadonlyMap<string, ScalarWriter> = new Map<string, ScalarWriter>([
  ["string", { wireType: 2, write: writeText }],
  ["bytes", { wireType: 2, write: writeBytes }],
  ["bool", { wireType: 0, write: writeBoolean }],
  ["int32", INTEGER],
  ["int64", INTEGER],
  ["double", { wireType: 1, write: writeDouble }],
  ["Quantity", { wireType: 2, write: writeQuantity }],
  ["Time", { wireType: 2, write: writeTime }],
  ["MicroTime", { wireType: 2, write: writeMicroTime }],
  ["Duration", { wireType: 2, write: writeDuration }],
  ["IntOrString", { wireType: 2, write: writeIntOrString }],
  ["RawExtension", RAW],
  ["io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1", RAW],
  ["io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON", RAW],
]);

export function writeText(out: ReverseWriter, tape: JsonTape, place: number): void {
  const kind = tape.kind(place);
  if (kind === TEXT) out.bytes(tape.text, tape.start(place), tape.end(place));
  else if (kind === ESCAPED_TEXT) out.text(tape.textOf(place));
}

function writeBytes(out: ReverseWriter, tape: JsonTape, place: number): void {
  if (tape.kind(place) !== NULL) out.bytes(Buffer.from(tape.textOf(place), "base64"));
}

export function writeBoolean(out: ReverseWriter, tape: JsonTape, place: number): void {
  out.byte(tape.text[tape.start(place)] === LETTER_T ? 1 : 0);
}

const LETTER_T = 0x74;

/** Whole numbers with fewer digits are exact however they are computed. */
const SAFE_DIGITS = 15;
const MINUS = 0x2d;
const DIGIT_ZERO = 0x30;

function writeInteger(out: ReverseWriter, tape: JsonTape, place: number): void {
  if (tape.kind(place) === NULL) {
    out.byte(0);
    return;
  }
  const { text } = tape;
  const start = tape.start(place);
  const end = tape.end(place);
  if (text[start] === MINUS || end - start > SAFE_DIGITS) out.signed(BigInt(tape.textOf(place)));
  else out.unsigned(digits(text, start, end));
}

function digits(text: Uint8Array, start: number, end: number): number {
  let value = 0;
  for (let at = start; at < end; at += 1) value = value * 10 + (text[at] ?? 0) - DIGIT_ZERO;
  return value;
}

function writeDouble(out: ReverseWriter, tape: JsonTape, place: number): void {
  out.double(tape.kind(place) === NULL ? 0 : Number(tape.textOf(place)));
}

function writeQuantity(out: ReverseWriter, tape: JsonTape, place: number): void {
  const end = out.length;
  if (tape.kind(place) === NULL) out.byte(DIGIT_ZERO);
  else writeText(out, tape, place);
  out.unsigned(out.length - end);
  out.byte(TAG.text1);
}

/** The zero time has no fields. Of others the seconds are written, as zero also what protobuf has beyond them. */
function writeTime(out: ReverseWriter, tape: JsonTape, place: number): void {
  if (tape.kind(place) !== NULL) writeTimestamp(out, secondsOf(tape, place), 0);
}

function writeMicroTime(out: ReverseWriter, tape: JsonTape, place: number): void {
  if (tape.kind(place) === NULL) return;
  const fraction = /\.([0-9]+)/.exec(tape.textOf(place))?.[1] ?? "";
  writeTimestamp(out, secondsOf(tape, place), Number(fraction.slice(0, 9).padEnd(9, "0")));
}

function writeTimestamp(out: ReverseWriter, seconds: number, nanos: number): void {
  out.unsigned(nanos);
  out.byte(TAG.integer2);
  if (seconds < 0) out.signed(BigInt(seconds));
  else out.unsigned(seconds);
  out.byte(TAG.integer1);
}

/** `2026-01-01T00:00:00Z` begins with what counts; stored times are in UTC. */
function secondsOf(tape: JsonTape, place: number): number {
  const { text } = tape;
  const start = tape.start(place);
  const year = digits(text, start, start + 4) + YEARS_OF_CYCLE;
  const month = digits(text, start + 5, start + 7) - 1;
  const midnight = Date.UTC(year, month, digits(text, start + 8, start + 10)) / 1000 - SECONDS_OF_CYCLE;
  const hour = digits(text, start + 11, start + 13);
  const minute = digits(text, start + 14, start + 16);
  return midnight + hour * 3600 + minute * 60 + digits(text, start + 17, start + 19);
}

/** The calendar repeats itself after this. `Date.UTC` takes years below 100 for those of the last century. */
const YEARS_OF_CYCLE = 400;
const SECONDS_OF_CYCLE = 146_097 * 86_400;

function writeDuration(out: ReverseWriter, tape: JsonTape, place: number): void {
  out.signed(tape.kind(place) === NULL ? 0n : parseDuration(tape.textOf(place)));
  out.byte(TAG.integer1);
}

function writeIntOrString(out: ReverseWriter, tape: JsonTape, place: number): void {
  const end = out.length;
  const isText = tape.kind(place) === TEXT || tape.kind(place) === ESCAPED_TEXT;
  if (isText) writeText(out, tape, place);
  out.unsigned(out.length - end);
  out.byte(TAG.text3);
  if (isText) out.byte(0);
  else writeInteger(out, tape, place);
  out.byte(TAG.integer2);
  out.byte(isText ? 1 : 0);
  out.byte(TAG.integer1);
}

/** Any JSON, as it stands. */
function writeRaw(out: ReverseWriter, tape: JsonTape, place: number): void {
  const kind = tape.kind(place);
  if (kind === NULL) return;
  // The quotes of a text are outside of it.
  const quote = kind === TEXT || kind === ESCAPED_TEXT ? 1 : 0;
  const start = tape.start(place) - quote;
  const end = tape.end(place) + quote;
  out.bytes(tape.text, start, end);
  out.unsigned(end - start);
  out.byte(TAG.text1);
}
