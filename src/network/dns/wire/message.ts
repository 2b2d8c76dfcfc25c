import { lowerName, MessageError, readName } from "./domain-name.ts";
import { MessageWriter } from "./message-writer.ts";
import { copyOf, EDNS_UDP_SIZE, FLAG, HEADER_SIZE, number16, type Question } from "./query.ts";
import { layoutOf, type ResourceRecord } from "./record.ts";
import { CLASS_IN, TYPE } from "./record-type.ts";

/** Another server's answer. */
export interface Message {
  readonly id: number;
  readonly flags: number;
  readonly rcode: number;
  /** Absent where the answer repeats none. */
  readonly question?: Question;
  readonly answers: readonly ResourceRecord[];
  readonly authorities: readonly ResourceRecord[];
  /** Without OPT, which is between two servers. */
  readonly additionals: readonly ResourceRecord[];
}

const RCODE_MASK = 0xf;

/** Reads an answer. Undefined for bytes that are none. */
export function parseMessage(bytes: Uint8Array): Message | undefined {
  if (bytes.length < HEADER_SIZE) return undefined;
  const flags = number16(bytes, 2);
  if ((flags & FLAG.RESPONSE) === 0) return undefined;
  try {
    return readMessage(bytes, flags);
  } catch (error) {
    if (!(error instanceof MessageError)) throw error;
    return undefined;
  }
}

function readMessage(bytes: Uint8Array, flags: number): Message {
  const head = { id: number16(bytes, 0), flags, rcode: flags & RCODE_MASK };
  const questions = number16(bytes, 4);
  if (questions > 1) throw new MessageError("A message has one question");
  let offset = HEADER_SIZE;
  let question: Question | undefined;
  if (questions === 1) {
    const { name, end } = readName(bytes, offset);
    question = { name: lowerName(name), type: number16(bytes, end) };
    offset = end + 4;
  }
  const sections = [6, 8, 10].map((at) => {
    const { records, end } = readRecords(bytes, offset, number16(bytes, at));
    offset = end;
    return records;
  });
  const [answers = [], authorities = [], additionals = []] = sections;
  return { ...head, ...(question && { question }), answers, authorities, additionals };
}

function readRecords(
  bytes: Uint8Array,
  start: number,
  count: number,
): { readonly records: readonly ResourceRecord[]; readonly end: number } {
  const records: ResourceRecord[] = [];
  let offset = start;
  for (let left = count; left > 0; left -= 1) {
    const { name, end } = readName(bytes, offset);
    const dataStart = end + 10;
    offset = dataStart + number16(bytes, end + 8);
    if (offset > bytes.length) throw new MessageError("A record ends early");
    const type = number16(bytes, end);
    if (type === TYPE.OPT || number16(bytes, end + 2) !== CLASS_IN) continue;
    const ttl = number16(bytes, end + 4) * 0x1_0000 + number16(bytes, end + 6);
    records.push({ name, type, ttl: sensibleTtl(ttl), data: readData(bytes, type, dataStart, offset) });
  }
  return { records, end: offset };
}

/** RFC 2181 8: a number with its first bit set means 0. */
function sensibleTtl(ttl: number): number {
  return ttl > 0x7fff_ffff ? 0 : ttl;
}

function readData(
  bytes: Uint8Array,
  type: number,
  start: number,
  end: number,
): readonly (Uint8Array | string)[] {
  const layout = layoutOf(type);
  if (layout === undefined) return [copyOf(bytes, start, end)];
  const data: (Uint8Array | string)[] = [];
  let offset = start + layout.before;
  if (layout.before > 0) data.push(copyOf(bytes, start, offset));
  for (let left = layout.names; left > 0; left -= 1) {
    const read = readName(bytes, offset);
    data.push(read.name);
    offset = read.end;
  }
  if (offset > end) throw new MessageError("A record's names are longer than its data");
  if (offset < end) data.push(copyOf(bytes, offset, end));
  return data;
}

export interface OutgoingQuery extends Question {
  readonly id: number;
  readonly dnssecOk: boolean;
  readonly checkingDisabled: boolean;
}

/** A question to another server. */
export function formatQuery({ id, name, type, dnssecOk, checkingDisabled }: OutgoingQuery): Uint8Array {
  const writer = new MessageWriter();
  writer.number16(id);
  writer.number16(FLAG.RECURSION_DESIRED | (checkingDisabled ? FLAG.CHECKING_DISABLED : 0));
  for (const count of [1, 0, 0, 1]) writer.number16(count);
  writer.name(name);
  writer.number16(type);
  writer.number16(CLASS_IN);
  writer.options({ udpSize: EDNS_UDP_SIZE, extendedCode: 0, dnssecOk });
  return writer.bytes();
}
