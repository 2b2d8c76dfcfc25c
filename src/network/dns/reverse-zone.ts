import { type CIDR, cidrOf, containsCIDR, formatIP, ipOfBytes } from "#base/cidr.ts";
import { namesOfAddress } from "./service-targets.ts";
import type { Question } from "./wire/query.ts";
import { nameRecord } from "./wire/record.ts";
import { RCODE, TYPE } from "./wire/record-type.ts";
import type { Answer } from "./wire/reply.ts";
import { absent, found, startOfAuthority, TTL_SECONDS } from "./zone-answer.ts";
import type { ZoneView } from "./zone-view.ts";

const V4_ZONE = "in-addr.arpa";
const V6_ZONE = "ip6.arpa";

/**
 * PTR: a ClusterIP leads to its Service, an endpoint to its name below each of its Services. Undefined for addresses
 * that are not the cluster's, and for names that are not reverse names.
 */
export function resolveReverse(view: ZoneView, { name, type }: Question): Answer | undefined {
  const range = reverseRange(name);
  if (range === undefined) return undefined;
  const isAddress = range.prefixLength === (range.base.family === 4 ? 32 : 128);
  const names = isAddress ? namesOfAddress(view, formatIP(range.base)) : [];
  const isOurs = names.length > 0 || view.networks.some((network) => containsCIDR(network, range));
  if (!isOurs) return undefined;
  if (names.length > 0 && type === TYPE.PTR)
    return found(names.map((target) => nameRecord(name, TTL_SECONDS, "PTR", target)));
  const authority = startOfAuthority(view, range.base.family === 4 ? V4_ZONE : V6_ZONE);
  // Between a network and its addresses there are names without records.
  const exists = names.length > 0 || !isAddress;
  return absent(view, exists ? RCODE.NOERROR : RCODE.NXDOMAIN, authority);
}

/** The addresses that a name under in-addr.arpa or ip6.arpa stands for (RFC 1035 3.5, RFC 3596 2.5). */
export function reverseRange(name: string): CIDR | undefined {
  const v4 = /^((?:(?:0|[1-9]\d{0,2})\.){1,4})in-addr\.arpa$/.exec(name)?.[1];
  if (v4 !== undefined) return rangeOf(v4.split(".").slice(0, -1).map(Number), { bytes: 4, bits: 8 });
  const v6 = /^((?:[0-9a-f]\.){1,32})ip6\.arpa$/.exec(name)?.[1];
  if (v6 === undefined) return undefined;
  const digits = v6.split(".").slice(0, -1);
  return rangeOf(
    digits.map((digit) => Number.parseInt(digit, 16)),
    { bytes: 16, bits: 4 },
  );
}

/** `labels` are numbers of so many bits, the last one first. */
function rangeOf(
  labels: readonly number[],
  { bytes: size, bits }: { readonly bytes: number; readonly bits: number },
): CIDR | undefined {
  if (labels.some((label) => label >= 2 ** bits)) return undefined;
  const bytes = new Uint8Array(size);
  labels.toReversed().forEach((label, index) => {
    const bit = index * bits;
    const place = Math.floor(bit / 8);
    bytes[place] = (bytes[place] ?? 0) | (label << (8 - bits - (bit % 8)));
  });
  return cidrOf(ipOfBytes(bytes), labels.length * bits);
}
