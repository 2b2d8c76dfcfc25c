import { Attributes } from "../attributes.ts";
import type { NetlinkMessage } from "../message.ts";
import { MessageWriter } from "../message-writer.ts";
import { NetlinkError } from "../netlink-error.ts";
import { FLAG_CREATE, FLAG_EXCLUSIVE } from "../protocol.ts";
import { addressBytes, addressFamily, formatAddress } from "./ip-address.ts";
import { formatMacAddress, parseMacAddress } from "./mac-address.ts";
import {
  AF_BRIDGE,
  AF_INET,
  AF_UNSPEC,
  IFF_LOOPBACK,
  IFF_UP,
  IFLA_ADDRESS,
  IFLA_BRPORT_MODE,
  IFLA_IFNAME,
  IFLA_INFO_DATA,
  IFLA_INFO_KIND,
  IFLA_INFO_SLAVE_DATA,
  IFLA_LINK,
  IFLA_LINKINFO,
  IFLA_MASTER,
  IFLA_MTU,
  IFLA_NET_NS_FD,
  IFLA_OPERSTATE,
  IFLA_PROTINFO,
  IFLA_VXLAN_ID,
  IFLA_VXLAN_LEARNING,
  IFLA_VXLAN_LOCAL,
  IFLA_VXLAN_LOCAL6,
  IFLA_VXLAN_PORT,
  OPERSTATE_UP,
  RTM_DELLINK,
  RTM_GETLINK,
  RTM_NEWLINK,
  RTM_SETLINK,
  VETH_INFO_PEER,
} from "./protocol.ts";

/** A network interface. */
export interface Link {
  readonly index: number;
  readonly name: string;
  /** Administratively up; there may still be no carrier. */
  readonly up: boolean;
  /** Up, with a carrier, and the kernel has taken notice: a port of a bridge forwards from then on. */
  readonly operational: boolean;
  readonly loopback: boolean;
  readonly mtu: number;
  /** The link-layer address; empty where the link has none. */
  readonly address: string;
  /** `bridge`, `veth`, …; empty for hardware. */
  readonly kind: string;
  /** Index of the bridge that the link is a port of; 0 for none. */
  readonly master: number;
  /** Whether the bridge sends frames back out of the port they came in by. */
  readonly hairpin: boolean;
  /** Of a VXLAN link. */
  readonly vxlan?: Vxlan;
  /** Of one end of a veth pair: index of the other end, in its own namespace. */
  readonly peer?: number;
}

/** What cannot be changed about a VXLAN link that learns nothing by itself. */
export interface Vxlan {
  /** The network identifier (VNI). */
  readonly id: number;
  /** The host's address that packets are sent from. */
  readonly local: string;
  /** The UDP port of all hosts. */
  readonly port: number;
}

/** What may be changed about a link; absent properties stay as they are. */
export interface LinkChange {
  readonly up?: boolean;
  readonly name?: string;
  readonly mtu?: number;
  readonly address?: string;
  /** Index of the bridge to join; 0 leaves it. */
  readonly master?: number;
}

export interface NewVeth extends Pick<LinkChange, "mtu" | "master" | "up"> {
  readonly name: string;
  readonly peer: {
    readonly name: string;
    readonly mtu?: number;
    readonly address?: string;
    /** An open file descriptor of the network namespace in which the peer is made. */
    readonly namespaceFd?: number;
  };
}

/** struct ifinfomsg */
const HEADER_SIZE = 16;

export function getLinks(): MessageWriter {
  return new MessageWriter().message(RTM_GETLINK, 0).bytes(linkHeader({}));
}

export function getLink(name: string): MessageWriter {
  return new MessageWriter().message(RTM_GETLINK, 0).bytes(linkHeader({})).string(IFLA_IFNAME, name);
}

/** A bridge with this name. Refused with `EEXIST` when any link has the name. */
export function newBridge(name: string, change: LinkChange): MessageWriter {
  return newLink("bridge", name, change);
}

/** A link whose only use is to give back what it is sent, in its own time. */
export function newIfb(name: string, change: LinkChange): MessageWriter {
  return newLink("ifb", name, change);
}

export function newVeth({ name, peer, ...change }: NewVeth): MessageWriter {
  return newLink("veth", name, change, (writer) => {
    const info = writer.begin(VETH_INFO_PEER);
    writer.bytes(linkHeader({})).string(IFLA_IFNAME, peer.name);
    writeChange(writer, { ...(peer.mtu !== undefined && { mtu: peer.mtu }), ...addressOf(peer) });
    if (peer.namespaceFd !== undefined) writer.u32(IFLA_NET_NS_FD, peer.namespaceFd);
    writer.end(info);
  });
}

export function newVxlan(name: string, { id, local, port }: Vxlan, change: LinkChange): MessageWriter {
  const address = addressBytes(local);
  return newLink("vxlan", name, change, (writer) => {
    writer
      .u32(IFLA_VXLAN_ID, id)
      .binary(addressFamily(address) === AF_INET ? IFLA_VXLAN_LOCAL : IFLA_VXLAN_LOCAL6, address)
      .u8(IFLA_VXLAN_LEARNING, 0)
      .be16(IFLA_VXLAN_PORT, port);
  });
}

/** `writeData` says what links of this kind alone have. */
function newLink(
  kind: string,
  name: string,
  change: LinkChange,
  writeData?: (writer: MessageWriter) => void,
): MessageWriter {
  const writer = new MessageWriter()
    .message(RTM_NEWLINK, FLAG_CREATE | FLAG_EXCLUSIVE)
    .bytes(linkHeader(change))
    .string(IFLA_IFNAME, name);
  writeChange(writer, change);
  const info = writer.begin(IFLA_LINKINFO);
  writer.string(IFLA_INFO_KIND, kind);
  if (writeData !== undefined) {
    const data = writer.begin(IFLA_INFO_DATA);
    writeData(writer);
    writer.end(data);
  }
  return writer.end(info);
}

export function setLink(index: number, { name, ...change }: LinkChange): MessageWriter {
  const writer = new MessageWriter().message(RTM_NEWLINK, 0).bytes(linkHeader({ index, ...change }));
  if (name !== undefined) writer.string(IFLA_IFNAME, name);
  writeChange(writer, change);
  return writer;
}

export function setHairpin(index: number, hairpin: boolean): MessageWriter {
  const writer = new MessageWriter().message(RTM_SETLINK, 0).bytes(linkHeader({ index, family: AF_BRIDGE }));
  const port = writer.begin(IFLA_PROTINFO);
  return writer.u8(IFLA_BRPORT_MODE, Number(hairpin)).end(port);
}

/** Deletes a link, and with one end of a veth pair the other. */
export function deleteLink(index: number): MessageWriter {
  return new MessageWriter().message(RTM_DELLINK, 0).bytes(linkHeader({ index }));
}

export function parseLink({ payload }: NetlinkMessage): Link {
  if (payload.length < HEADER_SIZE) throw NetlinkError.malformed("link header is too short");
  const view = new DataView(payload.buffer, payload.byteOffset);
  const flags = view.getUint32(8, true);
  const attributes = new Attributes(payload.subarray(HEADER_SIZE));
  const info = attributes.nested(IFLA_LINKINFO);
  const kind = info?.string(IFLA_INFO_KIND) ?? "";
  const peer = kind === "veth" ? attributes.u32(IFLA_LINK) : undefined;
  return {
    index: view.getInt32(4, true),
    name: attributes.string(IFLA_IFNAME) ?? "",
    up: (flags & IFF_UP) !== 0,
    operational: attributes.u8(IFLA_OPERSTATE) === OPERSTATE_UP,
    loopback: (flags & IFF_LOOPBACK) !== 0,
    mtu: attributes.u32(IFLA_MTU) ?? 0,
    address: formatMacAddress(attributes.binary(IFLA_ADDRESS) ?? new Uint8Array()),
    kind,
    master: attributes.u32(IFLA_MASTER) ?? 0,
    hairpin: info?.nested(IFLA_INFO_SLAVE_DATA)?.u8(IFLA_BRPORT_MODE) === 1,
    ...(kind === "vxlan" && { vxlan: parseVxlan(info?.nested(IFLA_INFO_DATA)) }),
    ...(peer !== undefined && { peer }),
  };
}

function parseVxlan(data = new Attributes(new Uint8Array())): Vxlan {
  const local = data.binary(IFLA_VXLAN_LOCAL) ?? data.binary(IFLA_VXLAN_LOCAL6);
  return {
    id: data.u32(IFLA_VXLAN_ID) ?? 0,
    local: local === undefined ? "" : formatAddress(local),
    port: data.be16(IFLA_VXLAN_PORT) ?? 0,
  };
}

function writeChange(writer: MessageWriter, { mtu, address, master }: LinkChange): void {
  if (mtu !== undefined) writer.u32(IFLA_MTU, mtu);
  if (address !== undefined) writer.binary(IFLA_ADDRESS, parseMacAddress(address));
  if (master !== undefined) writer.u32(IFLA_MASTER, master);
}

function addressOf({ address }: { readonly address?: string }): Pick<LinkChange, "address"> {
  return address === undefined ? {} : { address };
}

interface LinkHeader {
  readonly family?: number;
  readonly index?: number;
  readonly up?: boolean;
}

/** struct ifinfomsg: family, type, index, flags, mask of flags to change. */
function linkHeader({ family = AF_UNSPEC, index = 0, up }: LinkHeader): Uint8Array {
  const header = new Uint8Array(HEADER_SIZE);
  const view = new DataView(header.buffer);
  view.setUint8(0, family);
  view.setInt32(4, index, true);
  view.setUint32(8, up === true ? IFF_UP : 0, true);
  view.setUint32(12, up === undefined ? 0 : IFF_UP, true);
  return header;
}
