import type {
  Conntrack,
  ConntrackEntry,
  ConntrackFilter,
  ConntrackTuple,
} from "../../conntrack/conntrack.ts";
import { PROTOCOL_NUMBERS, type Protocol } from "../../nft/value.ts";
import { Attributes } from "../attributes.ts";
import type { NetlinkMessage } from "../message.ts";
import { MessageWriter } from "../message-writer.ts";
import { isRefused } from "../netlink-error.ts";
import { NETLINK_NETFILTER } from "../protocol.ts";
import { NetlinkSocket } from "../socket.ts";

/** linux/netfilter/nfnetlink_conntrack.h */
const NFNL_SUBSYS_CTNETLINK = 1;
const CT_GET = 1;
const CT_DELETE = 2;
const TUPLE_ORIGINAL = 1;
const TUPLE_REPLY = 2;
const TUPLE_IP = 1;
const TUPLE_PROTOCOL = 2;
const IP_V4_SOURCE = 1;
const IP_V4_DESTINATION = 2;
const IP_V6_SOURCE = 3;
const IP_V6_DESTINATION = 4;
const PROTOCOL_NUMBER = 1;
const PROTOCOL_SOURCE_PORT = 2;
const PROTOCOL_DESTINATION_PORT = 3;
const FILTER = 25;
const FILTER_ORIGINAL_FLAGS = 1;
/** CTA_FILTER_F_CTA_PROTO_NUM of net/netfilter/nf_internals.h */
const FILTER_BY_PROTOCOL = 0x8;

/** struct nfgenmsg */
const HEADER_SIZE = 4;

const FAMILIES = { ip: 2, ip6: 10 } as const;
const IPV4_SIZE = 4;

const protocols = new Map<number, Protocol>(
  Object.entries(PROTOCOL_NUMBERS).map(([name, number]) => [number, name as Protocol]),
);

/** The connections of one network namespace. */
export class KernelConntrack implements Conntrack {
  readonly #socket: NetlinkSocket;

  /** `namespace` is the path of a network namespace; the own one by default. */
  constructor({ namespace }: { readonly namespace?: string | undefined } = {}) {
    this.#socket = NetlinkSocket.open({ protocol: NETLINK_NETFILTER, namespace });
  }

  entries({ family, protocol }: ConntrackFilter): readonly ConntrackEntry[] {
    const request = (): MessageWriter => writeFilter(conntrackMessage(CT_GET, family), protocol);
    return this.#socket
      .dump(request, "list connections")
      .map(parseEntry)
      .filter((entry) => entry !== undefined)
      .filter((entry) => entry.protocol === protocol);
  }

  delete(entry: ConntrackEntry): void {
    const writer = conntrackMessage(CT_DELETE, entry.original.source.length === IPV4_SIZE ? "ip" : "ip6");
    writeTuple(writer, entry);
    try {
      this.#socket.request(writer, "forget a connection");
    } catch (error) {
      if (!isRefused(error, "ENOENT")) throw error;
    }
  }

  [Symbol.dispose](): void {
    this.#socket[Symbol.dispose]();
  }
}

function conntrackMessage(type: number, family: keyof typeof FAMILIES): MessageWriter {
  return new MessageWriter()
    .message((NFNL_SUBSYS_CTNETLINK << 8) | type, 0)
    .bytes(Uint8Array.of(FAMILIES[family], 0, 0, 0));
}

/** Has the kernel leave out other protocols; kernels before 5.8 do not know how and send everything. */
function writeFilter(writer: MessageWriter, protocol: Protocol): MessageWriter {
  const filter = writer.begin(FILTER);
  writer.u32(FILTER_ORIGINAL_FLAGS, FILTER_BY_PROTOCOL).end(filter);
  const tuple = writer.begin(TUPLE_ORIGINAL);
  const transport = writer.begin(TUPLE_PROTOCOL);
  return writer.u8(PROTOCOL_NUMBER, PROTOCOL_NUMBERS[protocol]).end(transport).end(tuple);
}

/** The tuple by which the kernel finds the connection. */
function writeTuple(writer: MessageWriter, { protocol, original }: ConntrackEntry): void {
  const isIPv4 = original.source.length === IPV4_SIZE;
  const tuple = writer.begin(TUPLE_ORIGINAL);
  const ip = writer.begin(TUPLE_IP);
  writer
    .byteString(isIPv4 ? IP_V4_SOURCE : IP_V6_SOURCE, original.source)
    .byteString(isIPv4 ? IP_V4_DESTINATION : IP_V6_DESTINATION, original.destination)
    .end(ip);
  const transport = writer.begin(TUPLE_PROTOCOL);
  writer
    .u8(PROTOCOL_NUMBER, PROTOCOL_NUMBERS[protocol])
    .be16(PROTOCOL_SOURCE_PORT, original.sourcePort)
    .be16(PROTOCOL_DESTINATION_PORT, original.destinationPort)
    .end(transport);
  writer.end(tuple);
}

/** Undefined for a connection of a protocol that Services do not have. */
function parseEntry({ payload }: NetlinkMessage): ConntrackEntry | undefined {
  const attributes = new Attributes(payload.subarray(HEADER_SIZE));
  const original = attributes.nested(TUPLE_ORIGINAL);
  const reply = attributes.nested(TUPLE_REPLY);
  const protocol = protocols.get(original?.nested(TUPLE_PROTOCOL)?.u8(PROTOCOL_NUMBER) ?? 0);
  if (original === undefined || reply === undefined || protocol === undefined) return undefined;
  return { protocol, original: parseTuple(original), reply: parseTuple(reply) };
}

function parseTuple(tuple: Attributes): ConntrackTuple {
  const ip = tuple.nested(TUPLE_IP);
  const transport = tuple.nested(TUPLE_PROTOCOL);
  return {
    source: ip?.byteString(IP_V4_SOURCE) ?? ip?.byteString(IP_V6_SOURCE) ?? "",
    destination: ip?.byteString(IP_V4_DESTINATION) ?? ip?.byteString(IP_V6_DESTINATION) ?? "",
    sourcePort: transport?.be16(PROTOCOL_SOURCE_PORT) ?? 0,
    destinationPort: transport?.be16(PROTOCOL_DESTINATION_PORT) ?? 0,
  };
}
