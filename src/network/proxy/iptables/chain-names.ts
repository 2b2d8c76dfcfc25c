import { createHash } from "node:crypto";

/** The kinds of chains that belong to one port of a Service (pkg/proxy/iptables/proxier.go). */
export type ServiceChainKind = "SVC" | "SVL" | "FW" | "EXT" | "SEP";

const SERVICE_CHAIN = /^KUBE-(SVC|SVL|FW|EXT|SEP)-/;

/** A part of SHA-256 in base32, which leaves room for the prefix in the 28 characters that a name may have. */
const HASH_LENGTH = 16;
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** `port` is `namespace/name:port`; the endpoint, as `address:port`, is needed for its own chain. */
export function serviceChainName(
  kind: ServiceChainKind,
  {
    port,
    protocol,
    endpoint = "",
  }: { readonly port: string; readonly protocol: string; readonly endpoint?: string },
): string {
  return `KUBE-${kind}-${hash(port + protocol + endpoint)}`;
}

export function isServiceChain(name: string): boolean {
  return SERVICE_CHAIN.test(name);
}

function hash(text: string): string {
  const digest = createHash("sha256").update(text).digest();
  return Array.from({ length: HASH_LENGTH }, (_, index) => {
    const bit = index * 5;
    const twoBytes = digest.readUInt16BE(bit >> 3);
    return ALPHABET[(twoBytes >> (11 - (bit & 7))) & 31];
  }).join("");
}
