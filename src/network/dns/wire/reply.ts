import { MessageWriter } from "./message-writer.ts";
import { type BadQuery, EDNS_UDP_SIZE, FLAG, HEADER_SIZE, type Query, type Question } from "./query.ts";
import { layoutOf, type ResourceRecord } from "./record.ts";
import { CLASS_IN, RCODE, TYPE } from "./record-type.ts";

/** What is known about a question, whoever asks. */
export interface Answer {
  readonly rcode: number;
  readonly authoritative: boolean;
  /** Whether a server that checks signatures vouches for it (RFC 4035 3.2.3). */
  readonly authentic?: boolean;
  readonly answers: readonly ResourceRecord[];
  readonly authorities: readonly ResourceRecord[];
  readonly additionals: readonly ResourceRecord[];
}

/** An answer as bytes, with the places in them that differ from one client to the next. */
export interface EncodedAnswer {
  readonly bytes: Uint8Array;
  readonly rcode: number;
  readonly hasAnswers: boolean;
  /** Length of the header and the question. */
  readonly head: number;
  readonly records: readonly RecordPlace[];
  /** Records of addresses that follow each other: which comes first is turned from answer to answer. */
  readonly turns: readonly (readonly number[])[];
}

interface RecordPlace {
  /** Where its four bytes of seconds are. */
  readonly ttlOffset: number;
  readonly ttl: number;
  readonly end: number;
  /** Place of the count of its section in the header. */
  readonly countOffset: number;
}

/** Places of the counts of answers, authorities and additional records. */
const COUNT_OFFSETS = [6, 8, 10] as const;
const ADDITIONAL_COUNT = 10;
const OPTIONS_SIZE = 11;
const ADDRESS_SIZES: ReadonlyMap<number, number> = new Map([
  [TYPE.A, 4],
  [TYPE.AAAA, 16],
]);

/** `maxTtl`: seconds after which nobody may use a record any longer, whatever it says. */
export function encodeAnswer(question: Question, answer: Answer, maxTtl = Infinity): EncodedAnswer {
  const writer = new MessageWriter();
  const sections = [answer.answers, answer.authorities, answer.additionals];
  writer.number16(0);
  writer.number16(flagsOf(answer));
  for (const count of [1, ...sections.map(({ length }) => length)]) writer.number16(count);
  writer.name(question.name);
  writer.number16(question.type);
  writer.number16(CLASS_IN);
  const head = writer.length;
  const records = sections.flatMap((section, index) =>
    section.map((record) => ({
      ...writeRecord(writer, record, Math.min(record.ttl, maxTtl)),
      countOffset: COUNT_OFFSETS[index] ?? ADDITIONAL_COUNT,
    })),
  );
  return {
    bytes: writer.bytes(),
    rcode: answer.rcode,
    hasAnswers: answer.answers.length > 0,
    head,
    records,
    turns: turnsOf(answer.answers, records),
  };
}

function flagsOf({ rcode, authoritative, authentic = false }: Answer): number {
  return (
    FLAG.RESPONSE |
    FLAG.RECURSION_AVAILABLE |
    (authoritative ? FLAG.AUTHORITATIVE : 0) |
    (authentic ? FLAG.AUTHENTIC_DATA : 0) |
    (rcode & 0xf)
  );
}

function writeRecord(
  writer: MessageWriter,
  { name, type, data }: ResourceRecord,
  ttl: number,
): Omit<RecordPlace, "countOffset"> {
  writer.name(name);
  writer.number16(type);
  writer.number16(CLASS_IN);
  const ttlOffset = writer.length;
  writer.number32(ttl);
  writer.number16(0);
  const start = writer.length;
  const compressed = layoutOf(type)?.compressed ?? false;
  for (const part of data) {
    if (typeof part === "string") writer.name(part, compressed);
    else writer.append(part);
  }
  writer.patch16(start - 2, writer.length - start);
  return { ttlOffset, ttl, end: writer.length };
}

/** Where the addresses are in runs of two or more records of one type. */
function turnsOf(
  answers: readonly ResourceRecord[],
  places: readonly Pick<RecordPlace, "end">[],
): readonly (readonly number[])[] {
  const runs: { type: number; name: string; offsets: number[] }[] = [];
  answers.forEach(({ type, name }, index) => {
    const size = ADDRESS_SIZES.get(type);
    const end = places[index]?.end;
    if (size === undefined || end === undefined) return;
    const last = runs.at(-1);
    if (last !== undefined && last.type === type && last.name === name) last.offsets.push(end - size);
    else runs.push({ type, name, offsets: [end - size] });
  });
  return runs.map(({ offsets }) => offsets).filter(({ length }) => length > 1);
}

export interface ReplyOptions {
  /** Longer answers lose records from the end; those that matter are marked as cut. Default: no limit. */
  readonly maxSize?: number;
  /** How long ago the answer was found. */
  readonly ageSeconds: number;
  /** Seconds that the records of an answer may be kept whose own time is over. */
  readonly staleTtl?: number;
  /** Any number; the next one puts the next address first. */
  readonly turn: number;
}

/** The bytes for one client: its id, its question in its own spelling, and what is left of the records' time. */
export function formatReply(
  query: Query,
  answer: EncodedAnswer,
  { maxSize = 0xffff, ageSeconds, staleTtl, turn }: ReplyOptions,
): Uint8Array {
  const room = maxSize - (query.edns ? OPTIONS_SIZE : 0);
  const isWhole = answer.bytes.length <= room;
  const kept = isWhole ? answer.records.length : countThatFits(answer, room);
  const end = answer.records[kept - 1]?.end ?? answer.head;
  const bytes = new Uint8Array(end + (query.edns ? OPTIONS_SIZE : 0));
  bytes.set(isWhole ? answer.bytes : answer.bytes.subarray(0, end));
  const view = new DataView(bytes.buffer);
  const asked = query.flags & (FLAG.RECURSION_DESIRED | FLAG.CHECKING_DISABLED);
  view.setUint16(0, query.id);
  view.setUint16(2, view.getUint16(2) | asked);
  bytes.set(query.question, HEADER_SIZE);
  if (!isWhole) cut(view, answer, kept);
  if (ageSeconds > 0 || staleTtl !== undefined)
    age(view, answer.records.slice(0, kept), { ageSeconds, staleTtl });
  for (const offsets of answer.turns) turnAddresses(bytes, answer.bytes, offsets, turn);
  if (query.edns) writeOptions(view, end, query);
  return bytes;
}

function countThatFits({ records }: EncodedAnswer, room: number): number {
  const first = records.findIndex(({ end }) => end > room);
  return first < 0 ? records.length : first;
}

/** Says how many records are left. Additional ones may be missing without a mark (RFC 2181 9). */
function cut(view: DataView, { records }: EncodedAnswer, kept: number): void {
  const lost = records.slice(kept);
  for (const { countOffset } of lost) view.setUint16(countOffset, view.getUint16(countOffset) - 1);
  if (lost.some(({ countOffset }) => countOffset !== ADDITIONAL_COUNT))
    view.setUint16(2, view.getUint16(2) | FLAG.TRUNCATED);
}

function age(
  view: DataView,
  records: readonly RecordPlace[],
  { ageSeconds, staleTtl }: { readonly ageSeconds: number; readonly staleTtl: number | undefined },
): void {
  for (const { ttlOffset, ttl } of records)
    view.setUint32(ttlOffset, staleTtl ?? Math.max(0, ttl - ageSeconds));
}

function turnAddresses(
  bytes: Uint8Array,
  source: Uint8Array,
  offsets: readonly number[],
  turn: number,
): void {
  const size = sizeOfAddress(source, offsets[0] ?? 0);
  offsets.forEach((offset, index) => {
    if (offset + size > bytes.length) return;
    const from = offsets[(index + turn) % offsets.length] ?? offset;
    bytes.set(source.subarray(from, from + size), offset);
  });
}

/** The two bytes before a record's data are its length. */
function sizeOfAddress(bytes: Uint8Array, offset: number): number {
  return bytes[offset - 1] ?? 0;
}

function writeOptions(view: DataView, offset: number, { dnssecOk }: Query): void {
  view.setUint16(ADDITIONAL_COUNT, view.getUint16(ADDITIONAL_COUNT) + 1);
  view.setUint16(offset + 1, TYPE.OPT);
  view.setUint16(offset + 3, EDNS_UDP_SIZE);
  if (dnssecOk) view.setUint8(offset + 7, 0x80);
}

/** Says that a message could not be answered. */
export function formatError({ id, flags, question, error }: BadQuery): Uint8Array {
  const writer = new MessageWriter();
  const opcodeAndRecursion = flags & (0x7800 | FLAG.RECURSION_DESIRED);
  writer.number16(id);
  writer.number16(FLAG.RESPONSE | opcodeAndRecursion | (error & 0xf));
  const isBadVersion = error === RCODE.BADVERS;
  for (const count of [question.length > 0 ? 1 : 0, 0, 0, isBadVersion ? 1 : 0]) writer.number16(count);
  writer.append(question);
  // The code of a version that is not known has its upper bits in the OPT record (RFC 6891 6.1.3).
  if (isBadVersion) writer.options({ udpSize: EDNS_UDP_SIZE, extendedCode: error >> 4, dnssecOk: false });
  return writer.bytes();
}
