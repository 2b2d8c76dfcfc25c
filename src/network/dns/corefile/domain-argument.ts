import { bytesOfIP, type CIDR, parseCIDR } from "#base/cidr.ts";
import { isName, lowerName } from "../wire/domain-name.ts";
import { CorefileError } from "./directive.ts";

const DNS_SCHEME = "dns://";

/**
 * The domain that a Corefile names: `example.com`, `.` for all, `10.0.0.0/8` for reverse names; a scheme and the port 53
 * may stand with it. Throws a CorefileError for what this server does not listen for.
 */
export function parseDomain(text: string): string {
  const [, scheme = DNS_SCHEME, host = "", port = "53"] = /^([a-z]+:\/\/)?(.*?)(?::(\d+))?$/.exec(text) ?? [];
  const range = parseCIDR(text.replace(DNS_SCHEME, ""));
  if (range !== undefined) return reverseDomain(range);
  if (scheme !== DNS_SCHEME || port !== "53")
    throw new CorefileError(`"${text}": the cluster DNS listens on port 53, without encryption`);
  const name = lowerName(host.replace(/\.$/, ""));
  if (name !== "" && !isName(name)) throw new CorefileError(`"${text}" is not a domain`);
  return name;
}

/** Domains whose names others may know, too: all of them where none is named, none without the option. */
export function readFallthrough(args: readonly string[] | undefined): readonly string[] {
  return args?.length === 0 ? [""] : (args ?? []).map(parseDomain);
}

/** Throws a CorefileError for a length that names cannot express. */
function reverseDomain({ base, prefixLength }: CIDR): string {
  const bits = base.family === 4 ? 8 : 4;
  if (prefixLength % bits !== 0)
    throw new CorefileError(`a network of reverse names has a multiple of ${String(bits)} bits`);
  const digits = [...bytesOfIP(base)].flatMap((byte) =>
    base.family === 4 ? [String(byte)] : [(byte >> 4).toString(16), (byte & 15).toString(16)],
  );
  const labels = digits.slice(0, prefixLength / bits).toReversed();
  return [...labels, base.family === 4 ? "in-addr.arpa" : "ip6.arpa"].join(".");
}
