import { bytesOfIP, formatIP, ipOfBytes, parseIP } from "#base/cidr.ts";
import { paddedSizeOfType, sizeOfType } from "./element-type.ts";
import type { ByteString, ElementType } from "./ruleset.ts";

/** Transport protocols by the names of the Kubernetes API, with their numbers at IANA. */
export const PROTOCOL_NUMBERS = { TCP: 6, UDP: 17, SCTP: 132 } as const;
export type Protocol = keyof typeof PROTOCOL_NUMBERS;

const protocolNames = new Map(
  Object.entries(PROTOCOL_NUMBERS).map(([name, number]) => [number as number, name.toLowerCase()]),
);

/** The bytes of an IPv4 or IPv6 address. Undefined for a text that is not one. */
export function addressBytes(text: string): ByteString | undefined {
  return ipv4Bytes(text) ?? otherAddressBytes(text);
}

/** A protocol as part of a key. */
export function protocolBytes(protocol: Protocol): ByteString {
  return PROTOCOL_BYTES[protocol];
}

const PROTOCOL_BYTES: Readonly<Record<Protocol, ByteString>> = {
  TCP: "\x06\0\0\0",
  UDP: "\x11\0\0\0",
  SCTP: "\x84\0\0\0",
};

/** A port as part of a key. */
export function portBytes(port: number): ByteString {
  return String.fromCharCode((port >> 8) & 0xff, port & 0xff, 0, 0);
}

/** A number in host byte order, which is how the kernel makes numbers and keeps marks. */
export function markBytes(number: number): ByteString {
  return String.fromCharCode(
    number & 0xff,
    (number >>> 8) & 0xff,
    (number >>> 16) & 0xff,
    (number >>> 24) & 0xff,
  );
}

/** The network mask of a prefix length as bytes. */
export function prefixMask(prefixLength: number, size: number): ByteString {
  const bytes = Array.from({ length: size }, (_, index) => {
    const bits = Math.min(8, Math.max(0, prefixLength - index * 8));
    return (0xff << (8 - bits)) & 0xff;
  });
  return String.fromCharCode(...bytes);
}

/** A value as people write it: `10.43.0.1 . tcp . 80`. */
export function formatValue(types: readonly ElementType[], bytes: ByteString): string {
  if (types.length === 1) return formatPart(types[0] ?? "mark", bytes);
  const parts: string[] = [];
  let at = 0;
  for (const type of types) {
    parts.push(formatPart(type, bytes.slice(at, at + sizeOfType(type))));
    at += paddedSizeOfType(type);
  }
  return parts.join(" . ");
}

function formatPart(type: ElementType, bytes: ByteString): string {
  const [first = 0, second = 0, third = 0, fourth = 0] = Array.from(bytes, (char) => char.charCodeAt(0));
  switch (type) {
    case "ipv4_addr":
    case "ipv6_addr":
      return formatIP(ipOfBytes(Uint8Array.from(bytes, (char) => char.charCodeAt(0))));
    case "inet_proto":
      return protocolNames.get(first) ?? String(first);
    case "inet_service":
      return String((first << 8) | second);
    case "mark":
      return String((first | (second << 8) | (third << 16) | (fourth << 24)) >>> 0);
    case "ifname":
      return JSON.stringify(bytes.replace(/\0+$/, ""));
  }
}

/** The usual case by hand: a cluster has tens of thousands of addresses, and each is read at every change. */
function ipv4Bytes(text: string): ByteString | undefined {
  const numbers = [0, 0, 0, 0];
  let end = -1;
  for (let part = 0; part < 4; part += 1) {
    const start = end + 1;
    end = part < 3 ? text.indexOf(".", start) : text.length;
    const number = octet(text, start, end);
    if (number === undefined) return undefined;
    numbers[part] = number;
  }
  return String.fromCharCode(...numbers);
}

/** A decimal number up to 255 without leading zeros, between two places of the text. */
function octet(text: string, start: number, end: number): number | undefined {
  const digits = end - start;
  if (digits < 1 || digits > 3 || (digits > 1 && text.charCodeAt(start) === ZERO)) return undefined;
  let number = 0;
  for (let index = start; index < end; index += 1) {
    const digit = text.charCodeAt(index) - ZERO;
    if (digit < 0 || digit > 9) return undefined;
    number = number * 10 + digit;
  }
  return number > 255 ? undefined : number;
}

const ZERO = 0x30;

function otherAddressBytes(text: string): ByteString | undefined {
  const address = parseIP(text);
  return address && String.fromCharCode(...bytesOfIP(address));
}
