import { Attributes } from "../attributes.ts";
import type { NetlinkMessage } from "../message.ts";
import { MessageWriter } from "../message-writer.ts";
import { NetlinkError } from "../netlink-error.ts";
import { FLAG_CREATE, FLAG_REPLACE } from "../protocol.ts";
import { addressBytes, addressFamily, formatAddress } from "./ip-address.ts";
import { formatMacAddress, parseMacAddress } from "./mac-address.ts";
import {
  AF_BRIDGE,
  AF_UNSPEC,
  NDA_DST,
  NDA_LLADDR,
  NTF_SELF,
  NUD_NOARP,
  NUD_PERMANENT,
  RTM_DELNEIGH,
  RTM_GETNEIGH,
  RTM_NEWNEIGH,
} from "./protocol.ts";

/** A permanent entry of the neighbour table: packets for `address` go to `linkAddress` without asking. */
export interface Neighbour {
  /** Index of the link. */
  readonly link: number;
  readonly address: string;
  readonly linkAddress: string;
}

/** An entry of a link's forwarding database: frames for `linkAddress` go to the host `destination` (VXLAN). */
export interface ForwardingEntry {
  readonly link: number;
  readonly linkAddress: string;
  readonly destination: string;
}

/** struct ndmsg */
const HEADER_SIZE = 12;

export function getNeighbours(): MessageWriter {
  return new MessageWriter().message(RTM_GETNEIGH, 0).bytes(neighbourHeader({ family: AF_UNSPEC, link: 0 }));
}

export function getForwardingEntries(): MessageWriter {
  return new MessageWriter().message(RTM_GETNEIGH, 0).bytes(neighbourHeader({ family: AF_BRIDGE, link: 0 }));
}

export function newNeighbour(neighbour: Neighbour): MessageWriter {
  return writeNeighbour(RTM_NEWNEIGH, FLAG_CREATE | FLAG_REPLACE, neighbour);
}

export function deleteNeighbour(neighbour: Neighbour): MessageWriter {
  return writeNeighbour(RTM_DELNEIGH, 0, neighbour);
}

export function newForwardingEntry(entry: ForwardingEntry): MessageWriter {
  return writeForwardingEntry(RTM_NEWNEIGH, FLAG_CREATE | FLAG_REPLACE, entry);
}

export function deleteForwardingEntry(entry: ForwardingEntry): MessageWriter {
  return writeForwardingEntry(RTM_DELNEIGH, 0, entry);
}

/** Undefined for an entry that the kernel learned or that has no link-layer address. */
export function parseNeighbour({ payload }: NetlinkMessage): Neighbour | undefined {
  const { link, isPermanent, address, linkAddress } = parseEntry(payload);
  if (!isPermanent || address === undefined || linkAddress === undefined) return undefined;
  return { link, address, linkAddress };
}

/** Undefined for an entry that names no host, such as those for the ports of a bridge. */
export function parseForwardingEntry({ payload }: NetlinkMessage): ForwardingEntry | undefined {
  const { link, address, linkAddress } = parseEntry(payload);
  if (address === undefined || linkAddress === undefined) return undefined;
  return { link, linkAddress, destination: address };
}

/** The link of any notice about neighbours or forwarding entries. */
export function linkOfNeighbour(payload: Uint8Array): number {
  return parseEntry(payload).link;
}

interface Entry {
  readonly link: number;
  readonly isPermanent: boolean;
  readonly address: string | undefined;
  readonly linkAddress: string | undefined;
}

function parseEntry(payload: Uint8Array): Entry {
  if (payload.length < HEADER_SIZE) throw NetlinkError.malformed("neighbour header is too short");
  const view = new DataView(payload.buffer, payload.byteOffset);
  const attributes = new Attributes(payload.subarray(HEADER_SIZE));
  const address = attributes.binary(NDA_DST);
  const linkAddress = attributes.binary(NDA_LLADDR);
  return {
    link: view.getInt32(4, true),
    isPermanent: (view.getUint16(8, true) & NUD_PERMANENT) !== 0,
    address: address && formatAddress(address),
    linkAddress: linkAddress && formatMacAddress(linkAddress),
  };
}

function writeNeighbour(type: number, flags: number, neighbour: Neighbour): MessageWriter {
  const address = addressBytes(neighbour.address);
  const { link } = neighbour;
  return new MessageWriter()
    .message(type, flags)
    .bytes(neighbourHeader({ family: addressFamily(address), link, state: NUD_PERMANENT }))
    .binary(NDA_DST, address)
    .binary(NDA_LLADDR, parseMacAddress(neighbour.linkAddress));
}

function writeForwardingEntry(type: number, flags: number, entry: ForwardingEntry): MessageWriter {
  const { link } = entry;
  return new MessageWriter()
    .message(type, flags)
    .bytes(neighbourHeader({ family: AF_BRIDGE, link, state: NUD_PERMANENT | NUD_NOARP, flags: NTF_SELF }))
    .binary(NDA_LLADDR, parseMacAddress(entry.linkAddress))
    .binary(NDA_DST, addressBytes(entry.destination));
}

interface NeighbourHeader {
  readonly family: number;
  readonly link: number;
  readonly state?: number;
  readonly flags?: number;
}

/** struct ndmsg: family, padding, link index, state, flags, type. */
function neighbourHeader({ family, link, state = 0, flags = 0 }: NeighbourHeader): Uint8Array {
  const header = new Uint8Array(HEADER_SIZE);
  const view = new DataView(header.buffer);
  view.setUint8(0, family);
  view.setInt32(4, link, true);
  view.setUint16(8, state, true);
  view.setUint8(10, flags);
  return header;
}
