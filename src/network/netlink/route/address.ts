import { Attributes } from "../attributes.ts";
import type { NetlinkMessage } from "../message.ts";
import { MessageWriter } from "../message-writer.ts";
import { NetlinkError } from "../netlink-error.ts";
import { FLAG_CREATE, FLAG_REPLACE } from "../protocol.ts";
import { addressFamily, formatAddress, prefixBytes } from "./ip-address.ts";
import {
  AF_UNSPEC,
  IFA_ADDRESS,
  IFA_F_NODAD,
  IFA_LOCAL,
  RTM_DELADDR,
  RTM_GETADDR,
  RTM_NEWADDR,
} from "./protocol.ts";

/** An address of a link. */
export interface LinkAddress {
  /** Index of the link. */
  readonly link: number;
  /** Address and prefix length: `10.42.0.1/24`. */
  readonly address: string;
  /** Whether it is for the host alone: packets to others never get it as their source. Not told of addresses that are there. */
  readonly isHostOnly?: boolean;
}

/** struct ifaddrmsg */
const HEADER_SIZE = 8;

const SCOPE_UNIVERSE = 0;
const SCOPE_HOST = 254;

export function getAddresses(): MessageWriter {
  return new MessageWriter().message(RTM_GETADDR, 0).bytes(addressHeader({ family: AF_UNSPEC }));
}

/** Adds the address, or changes nothing when the link has it. IPv6 does not ask first whether somebody else has it. */
export function newAddress(address: LinkAddress): MessageWriter {
  return writeAddress(RTM_NEWADDR, FLAG_CREATE | FLAG_REPLACE, address);
}

export function deleteAddress(address: LinkAddress): MessageWriter {
  return writeAddress(RTM_DELADDR, 0, address);
}

export function parseLinkAddress({ payload }: NetlinkMessage): LinkAddress {
  if (payload.length < HEADER_SIZE) throw NetlinkError.malformed("address header is too short");
  const view = new DataView(payload.buffer, payload.byteOffset);
  const attributes = new Attributes(payload.subarray(HEADER_SIZE));
  const bytes = attributes.binary(IFA_LOCAL) ?? attributes.binary(IFA_ADDRESS);
  if (bytes === undefined) throw NetlinkError.malformed("address without an address");
  return {
    link: view.getUint32(4, true),
    address: `${formatAddress(bytes)}/${String(view.getUint8(1))}`,
  };
}

function writeAddress(
  type: number,
  flags: number,
  { link, address, isHostOnly }: LinkAddress,
): MessageWriter {
  const prefix = prefixBytes(address);
  const family = addressFamily(prefix.address);
  const scope = isHostOnly === true ? SCOPE_HOST : SCOPE_UNIVERSE;
  return new MessageWriter()
    .message(type, flags)
    .bytes(addressHeader({ family, length: prefix.length, flags: IFA_F_NODAD, scope, link }))
    .binary(IFA_LOCAL, prefix.address)
    .binary(IFA_ADDRESS, prefix.address);
}

interface AddressHeader {
  readonly family: number;
  readonly length?: number;
  readonly flags?: number;
  readonly scope?: number;
  readonly link?: number;
}

/** struct ifaddrmsg: family, prefix length, flags, scope, link index. */
function addressHeader({
  family,
  length = 0,
  flags = 0,
  scope = SCOPE_UNIVERSE,
  link = 0,
}: AddressHeader): Uint8Array {
  const header = new Uint8Array(HEADER_SIZE);
  const view = new DataView(header.buffer);
  view.setUint8(0, family);
  view.setUint8(1, length);
  view.setUint8(2, flags);
  view.setUint8(3, scope);
  view.setUint32(4, link, true);
  return header;
}
