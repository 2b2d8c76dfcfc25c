import type { Hook, NftFamily } from "../../nft/ruleset.ts";
import type { NetlinkMessage } from "../message.ts";
import { MessageWriter } from "../message-writer.ts";
import { NetlinkError } from "../netlink-error.ts";
import { NFNL_SUBSYS_NFTABLES } from "./protocol.ts";

/** linux/netfilter.h: NFPROTO_*. */
const FAMILIES: Readonly<Record<NftFamily, number>> = { inet: 1, ip: 2, ip6: 10 };

/** enum nf_inet_hooks */
export const HOOK_NUMBERS: Readonly<Record<Hook, number>> = {
  prerouting: 0,
  input: 1,
  forward: 2,
  output: 3,
  postrouting: 4,
};

/** struct nfgenmsg */
const HEADER_SIZE = 4;

/** Begins a message of nf_tables about a family. */
export function nftMessage(
  writer: MessageWriter,
  type: number,
  family: NftFamily,
  flags: number,
): MessageWriter {
  return writer.message((NFNL_SUBSYS_NFTABLES << 8) | type, flags).bytes(nfgenmsg(FAMILIES[family], 0));
}

/** Begins the message that opens (`NFNL_MSG_BATCH_BEGIN`) or closes a batch. */
export function batchMessage(writer: MessageWriter, type: number): MessageWriter {
  return writer.message(type, 0).bytes(nfgenmsg(0, NFNL_SUBSYS_NFTABLES));
}

/** A request for objects of nf_tables; `name` fills in what is asked for. */
export function nftRequest(
  type: number,
  family: NftFamily,
  fill: (writer: MessageWriter) => void,
): MessageWriter {
  const writer = nftMessage(new MessageWriter(), type, family, 0);
  fill(writer);
  return writer;
}

/** The kind of a message about nf_tables, or undefined for a message about something else. */
export function nftMessageType({ type }: NetlinkMessage): number | undefined {
  return type >> 8 === NFNL_SUBSYS_NFTABLES ? type & 0xff : undefined;
}

export function nftMessageFamily({ payload }: NetlinkMessage): NftFamily | undefined {
  const entry = Object.entries(FAMILIES).find(([, number]) => number === payload[0]);
  return entry?.[0] as NftFamily | undefined;
}

/** The attributes of a message about nf_tables. */
export function nftPayload({ payload }: NetlinkMessage): Uint8Array {
  if (payload.length < HEADER_SIZE) throw NetlinkError.malformed("nfnetlink header is too short");
  return payload.subarray(HEADER_SIZE);
}

/** struct nfgenmsg: family, version, resource in network byte order. */
function nfgenmsg(family: number, resource: number): Uint8Array {
  return Uint8Array.of(family, 0, resource >> 8, resource & 0xff);
}
