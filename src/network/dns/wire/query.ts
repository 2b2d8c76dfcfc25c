import { lowerName, MessageError, readName } from "./domain-name.ts";
import { CLASS_IN, RCODE, TYPE } from "./record-type.ts";

export const HEADER_SIZE = 12;
/** The largest answer over UDP to a client that does not announce more (RFC 1035 4.2.1). */
export const CLASSIC_UDP_SIZE = 512;
/** What this server announces and sends at most: below every common MTU (DNS flag day 2020). */
export const EDNS_UDP_SIZE = 1232;

/** Bits of the third and fourth byte of a message. */
export const FLAG = {
  RESPONSE: 1 << 15,
  AUTHORITATIVE: 1 << 10,
  TRUNCATED: 1 << 9,
  RECURSION_DESIRED: 1 << 8,
  RECURSION_AVAILABLE: 1 << 7,
  AUTHENTIC_DATA: 1 << 5,
  CHECKING_DISABLED: 1 << 4,
} as const;
const OPCODE_SHIFT = 11;
const OPCODE_MASK = 0xf;

export interface Question {
  /** In lower case. */
  readonly name: string;
  readonly type: number;
}

export interface Query extends Question {
  readonly id: number;
  readonly flags: number;
  /** The question as it was sent, whose case the answer repeats. */
  readonly question: Uint8Array;
  /** The most bytes that the client takes over UDP. */
  readonly udpSize: number;
  /** Whether the client speaks EDNS (RFC 6891) and so gets an OPT record back. */
  readonly edns: boolean;
  /** Whether the client wants DNSSEC's records. */
  readonly dnssecOk: boolean;
}

/** A message that cannot be answered, with the code to say so. */
export interface BadQuery {
  readonly error: number;
  readonly id: number;
  readonly flags: number;
  /** Empty where it could not be read. */
  readonly question: Uint8Array;
}

const NO_QUESTION = new Uint8Array(0);

/** Reads a query. Undefined for bytes that deserve no answer: too few of them, or an answer. */
export function parseQuery(bytes: Uint8Array): Query | BadQuery | undefined {
  if (bytes.length < HEADER_SIZE) return undefined;
  const id = number16(bytes, 0);
  const flags = number16(bytes, 2);
  if ((flags & FLAG.RESPONSE) !== 0) return undefined;
  const bad = { id, flags, question: NO_QUESTION };
  if (((flags >> OPCODE_SHIFT) & OPCODE_MASK) !== 0) return { ...bad, error: RCODE.NOTIMP };
  // As miekg/dns accepts messages: one question, and no more records than a query can have a use for.
  const [questions, answers, authorities] = [4, 6, 8].map((offset) => number16(bytes, offset));
  if (questions !== 1 || answers !== 0 || authorities !== 0) return { ...bad, error: RCODE.FORMERR };
  try {
    return readQuestion(bytes, bad);
  } catch (error) {
    if (!(error instanceof MessageError)) throw error;
    return { ...bad, error: RCODE.FORMERR };
  }
}

function readQuestion(bytes: Uint8Array, { id, flags }: BadQueryStart): Query | BadQuery {
  const { name, end } = readName(bytes, HEADER_SIZE);
  if (end + 4 > bytes.length) throw new MessageError("A question ends early");
  const question = copyOf(bytes, HEADER_SIZE, end + 4);
  const options = readOptions(bytes, end + 4);
  const start = { id, flags, question };
  if (number16(bytes, end + 2) !== CLASS_IN) return { ...start, error: RCODE.REFUSED };
  if (options !== undefined && options.version !== 0) return { ...start, error: RCODE.BADVERS };
  return {
    ...start,
    name: lowerName(name),
    type: number16(bytes, end),
    udpSize: Math.min(EDNS_UDP_SIZE, Math.max(CLASSIC_UDP_SIZE, options?.udpSize ?? 0)),
    edns: options !== undefined,
    dnssecOk: options?.dnssecOk ?? false,
  };
}

type BadQueryStart = Pick<BadQuery, "id" | "flags">;

interface Options {
  readonly udpSize: number;
  readonly version: number;
  readonly dnssecOk: boolean;
}

/** The OPT record among the additional ones. More than one is an error (RFC 6891 6.1.1). */
function readOptions(bytes: Uint8Array, start: number): Options | undefined {
  let options: Options | undefined;
  let offset = start;
  for (let left = number16(bytes, 10); left > 0; left -= 1) {
    const { name, end } = readName(bytes, offset);
    if (end + 10 > bytes.length) throw new MessageError("A record ends early");
    if (number16(bytes, end) === TYPE.OPT) {
      if (options !== undefined || name !== "") throw new MessageError("A message has one OPT record");
      options = {
        udpSize: number16(bytes, end + 2),
        version: bytes[end + 5] ?? 0,
        dnssecOk: ((bytes[end + 6] ?? 0) & 0x80) !== 0,
      };
    }
    offset = end + 10 + number16(bytes, end + 8);
    if (offset > bytes.length) throw new MessageError("A record ends early");
  }
  return options;
}

/** Two bytes in network order; 0 behind the end. */
export function number16(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset] ?? 0) << 8) | (bytes[offset + 1] ?? 0);
}

/** Bytes that stay when those of the whole message are used again; a Buffer's own `slice` shares them. */
export function copyOf(bytes: Uint8Array, start: number, end: number): Uint8Array {
  return new Uint8Array(bytes.subarray(start, end));
}
