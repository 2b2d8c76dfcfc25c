import {
  type Answer,
  decode,
  encode,
  type Packet,
  RECURSION_AVAILABLE,
  TRUNCATED_RESPONSE,
} from "dns-packet";
import type { DnsRecord, Question } from "./zone.ts";

/** The largest answer over UDP to a client that does not announce more (RFC 1035 4.2.1). */
const CLASSIC_UDP_SIZE = 512;
/** What this server announces and sends at most: below every common MTU (DNS flag day 2020). */
const EDNS_UDP_SIZE = 1232;

const AUTHORITATIVE_ANSWER = 1 << 10;
const RECURSION_DESIRED = 1 << 8;

type PacketQuestion = NonNullable<Packet["questions"]>[number];

export type ResponseCode = "NOERROR" | "SERVFAIL" | "NXDOMAIN";
const RESPONSE_CODES: Readonly<Record<ResponseCode, number>> = {
  NOERROR: 0,
  SERVFAIL: 2,
  NXDOMAIN: 3,
};

export interface Query {
  readonly id: number;
  readonly question: Question;
  readonly recursionDesired: boolean;
  /** The most bytes that the client takes over UDP. */
  readonly udpSize: number;
  /** Whether the client speaks EDNS (RFC 6891) and so gets an OPT record back. */
  readonly edns: boolean;
}

export interface Response {
  readonly code: ResponseCode;
  readonly authoritative: boolean;
  readonly answers: readonly DnsRecord[];
  readonly authorities: readonly DnsRecord[];
  readonly additionals: readonly DnsRecord[];
}

/** Reads a query. Undefined for bytes that are not a query with exactly one question. */
export function parseQuery(bytes: Uint8Array): Query | undefined {
  const packet = parsePacket(bytes);
  const [question, ...more] = packet?.questions ?? [];
  if (packet === undefined || packet.type !== "query" || question === undefined || more.length > 0)
    return undefined;
  const options = packet.additionals?.find(({ type }) => type === "OPT");
  const announced = options?.type === "OPT" ? options.udpPayloadSize : CLASSIC_UDP_SIZE;
  return {
    id: packet.id ?? 0,
    question: { name: question.name, type: question.type },
    recursionDesired: ((packet.flags ?? 0) & RECURSION_DESIRED) !== 0,
    udpSize: Math.min(EDNS_UDP_SIZE, Math.max(CLASSIC_UDP_SIZE, announced)),
    edns: options !== undefined,
  };
}

/** The bytes of an answer; with `maxSize` cut to its question and marked truncated when it is too long. */
export function formatResponse(query: Query, response: Response, maxSize?: number): Uint8Array {
  const bytes = encodeResponse(query, response, 0);
  if (maxSize === undefined || bytes.length <= maxSize) return bytes;
  const empty = { ...response, answers: [], authorities: [], additionals: [] };
  return encodeResponse(query, empty, TRUNCATED_RESPONSE);
}

/** A question to another server. */
export function formatQuery({ name, type }: Question): Uint8Array {
  return encode({
    type: "query",
    id: 1,
    flags: RECURSION_DESIRED,
    questions: [{ name, type } as PacketQuestion],
  });
}

/** The records of another server's answer that a CNAME leads to. Empty for bytes that cannot be read. */
export function parseAnswers(bytes: Uint8Array): readonly DnsRecord[] {
  return (parsePacket(bytes)?.answers ?? []) as readonly DnsRecord[];
}

function encodeResponse({ id, question, recursionDesired, edns }: Query, response: Response, flags: number) {
  const packet: Packet = {
    type: "response",
    id,
    flags:
      flags |
      RECURSION_AVAILABLE |
      (recursionDesired ? RECURSION_DESIRED : 0) |
      (response.authoritative ? AUTHORITATIVE_ANSWER : 0) |
      RESPONSE_CODES[response.code],
    questions: [question as PacketQuestion],
    answers: response.answers as Answer[],
    authorities: response.authorities as Answer[],
    additionals: [...(response.additionals as Answer[]), ...(edns ? [ednsOption()] : [])],
  };
  return encode(packet);
}

function ednsOption(): Answer {
  return {
    type: "OPT",
    name: ".",
    udpPayloadSize: EDNS_UDP_SIZE,
    extendedRcode: 0,
    ednsVersion: 0,
    flags: 0,
    flag_do: false,
    options: [],
  } as unknown as Answer;
}

function parsePacket(bytes: Uint8Array): Packet | undefined {
  try {
    return decode(Buffer.from(bytes));
  } catch {
    // dns-packet throws plain errors of many kinds for what is not a message.
    return undefined;
  }
}
