import { Attributes } from "../attributes.ts";
import type { NetlinkMessage } from "../message.ts";
import { MessageWriter } from "../message-writer.ts";
import { NetlinkError } from "../netlink-error.ts";
import { FLAG_CREATE, FLAG_EXCLUSIVE, FLAG_REPLACE } from "../protocol.ts";
import { addressBytes, addressFamily, formatAddress, prefixBytes } from "./ip-address.ts";
import {
  AF_INET,
  AF_UNSPEC,
  RT_TABLE_MAIN,
  RTA_DST,
  RTA_GATEWAY,
  RTA_OIF,
  RTA_PREFSRC,
  RTA_PRIORITY,
  RTA_TABLE,
  RTM_DELROUTE,
  RTM_GETROUTE,
  RTM_NEWROUTE,
  RTNH_F_ONLINK,
  RTPROT_STATIC,
} from "./protocol.ts";

/** What the kernel does with packets of the route; all other types of the kernel read as `other`. */
export type RouteType = "unicast" | "unreachable" | "other";

/** A route of the main table. */
export interface Route {
  readonly type: RouteType;
  /** `10.42.0.0/16`; `0.0.0.0/0` or `::/0` for the default route. */
  readonly destination: string;
  /** Index of the link by which packets leave. */
  readonly link?: number;
  readonly gateway?: string;
  /** The source address of packets that the host itself sends. */
  readonly source?: string;
  /** The gateway is a neighbour by the link, whatever its address. */
  readonly isOnLink?: boolean;
  /** Who made the route (`rtm_protocol`); the administrator by default. */
  readonly protocol?: number;
  /** Of two routes for one destination that with the lower metric is taken. 0 by default. */
  readonly metric?: number;
}

/** Whether the route leads to the world. */
export function isDefaultRoute({ destination, type }: Route): boolean {
  return type === "unicast" && (destination === "0.0.0.0/0" || destination === "::/0");
}

const TYPE_NUMBERS = { unicast: 1, unreachable: 7, other: 0 } as const;

const SCOPE_UNIVERSE = 0;
const SCOPE_LINK = 253;

/** struct rtmsg */
const HEADER_SIZE = 12;

export function getRoutes(): MessageWriter {
  return new MessageWriter().message(RTM_GETROUTE, 0).bytes(routeHeader(AF_UNSPEC, 0, {}));
}

/** Adds the route. Refused with `EEXIST` when there is one with the same destination and metric. */
export function addRoute(route: Route): MessageWriter {
  return writeRoute(RTM_NEWROUTE, FLAG_CREATE | FLAG_EXCLUSIVE, route);
}

/** Adds the route, or replaces the one with the same destination and metric. */
export function newRoute(route: Route): MessageWriter {
  return writeRoute(RTM_NEWROUTE, FLAG_CREATE | FLAG_REPLACE, route);
}

export function deleteRoute(route: Route): MessageWriter {
  return writeRoute(RTM_DELROUTE, 0, route);
}

/** Undefined for a route of another table than the main one. */
export function parseRoute({ payload }: NetlinkMessage): Route | undefined {
  if (payload.length < HEADER_SIZE) throw NetlinkError.malformed("route header is too short");
  const view = new DataView(payload.buffer, payload.byteOffset);
  const attributes = new Attributes(payload.subarray(HEADER_SIZE));
  if ((attributes.u32(RTA_TABLE) ?? view.getUint8(4)) !== RT_TABLE_MAIN) return undefined;
  const [protocol, type] = [view.getUint8(5), view.getUint8(7)];
  return {
    type:
      type === TYPE_NUMBERS.unicast ? "unicast" : type === TYPE_NUMBERS.unreachable ? "unreachable" : "other",
    destination: destinationOf(view.getUint8(0), view.getUint8(1), attributes.binary(RTA_DST)),
    // IPv6 names loopback as the link of routes that lead nowhere.
    ...(type !== TYPE_NUMBERS.unreachable && optional("link", attributes.u32(RTA_OIF))),
    ...optional("gateway", addressText(attributes.binary(RTA_GATEWAY))),
    ...optional("source", addressText(attributes.binary(RTA_PREFSRC))),
    ...optional("metric", attributes.u32(RTA_PRIORITY)),
    ...((view.getUint32(8, true) & RTNH_F_ONLINK) !== 0 && { isOnLink: true }),
    ...(protocol !== RTPROT_STATIC && { protocol }),
  };
}

function destinationOf(family: number, prefixLength: number, bytes: Uint8Array | undefined): string {
  const address = bytes ?? new Uint8Array(family === AF_INET ? 4 : 16);
  return `${formatAddress(address)}/${String(prefixLength)}`;
}

function addressText(bytes: Uint8Array | undefined): string | undefined {
  return bytes && formatAddress(bytes);
}

function optional<K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [P in K]: V });
}

function writeRoute(type: number, flags: number, route: Route): MessageWriter {
  const { address, length } = prefixBytes(route.destination);
  const writer = new MessageWriter()
    .message(type, flags)
    .bytes(routeHeader(addressFamily(address), length, route));
  if (length > 0) writer.binary(RTA_DST, address);
  if (route.link !== undefined) writer.u32(RTA_OIF, route.link);
  if (route.gateway !== undefined) writer.binary(RTA_GATEWAY, addressBytes(route.gateway));
  if (route.source !== undefined) writer.binary(RTA_PREFSRC, addressBytes(route.source));
  if (route.metric !== undefined) writer.u32(RTA_PRIORITY, route.metric);
  return writer;
}

/** struct rtmsg: family, lengths of destination and source prefix, tos, table, protocol, scope, type, flags. */
function routeHeader(family: number, prefixLength: number, route: Partial<Route>): Uint8Array {
  const { type = "other", gateway, protocol = RTPROT_STATIC, isOnLink = false } = route;
  const isDirect = type === "unicast" && gateway === undefined && family === AF_INET;
  const scope = isDirect ? SCOPE_LINK : SCOPE_UNIVERSE;
  const flags = isOnLink ? RTNH_F_ONLINK : 0;
  const kind = TYPE_NUMBERS[type];
  return Uint8Array.of(family, prefixLength, 0, 0, RT_TABLE_MAIN, protocol, scope, kind, flags, 0, 0, 0);
}
