import { isAbsolute } from "node:path";
import { NETWORK_BACKENDS, type NetworkBackend } from "#agent/config.ts";
import { isBootstrapGroup } from "#api/core/v1/bootstrap-token.ts";
import { parseDuration } from "#apimachinery/duration.ts";
import { checkDNS1123Subdomain } from "#apimachinery/formats.ts";
import { parseCIDRs, parseIP } from "#base/cidr.ts";
import { parseJoinToken } from "#join/join-token.ts";
import type { PortRange } from "#server/config.ts";

/** Parsers of setting values. Each throws a RangeError that says what is expected. */

export function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port < 1 || port > 65535)
    throw new RangeError("must be a port between 1 and 65535");
  return port;
}

export function parsePortRange(text: string): PortRange {
  const match = /^(\d+)-(\d+)$/.exec(text);
  const [first, last] = [Number(match?.[1]), Number(match?.[2])];
  if (match === null || first < 1 || last > 65535 || first > last) {
    throw new RangeError("must be two ports joined by a dash, such as 30000-32767");
  }
  return { first, last };
}

export function parseAddress(text: string): string {
  if (parseIP(text) === undefined) throw new RangeError("must be an IP address");
  return text;
}

/** One address, or one of each family. */
export function parseAddresses(text: string): string {
  const families = text.split(",").map((each) => parseIP(each)?.family);
  if (families.includes(undefined) || new Set(families).size < families.length)
    throw new RangeError("must be an IP address, or one of each family, such as 10.43.0.10,fd43::a");
  return text;
}

/** One network, or one of each family. */
export function parseNetworks(text: string): string {
  if (parseCIDRs(text) === undefined) {
    throw new RangeError(
      "must be a network, such as 10.42.0.0/16, or one of each family, such as 10.42.0.0/16,fd42::/56",
    );
  }
  return text;
}

export function parseIPv4MaskSize(text: string): number {
  return parseMaskSize(text, 30);
}

export function parseIPv6MaskSize(text: string): number {
  return parseMaskSize(text, 126);
}

/** The longest prefix leaves an address for a pod. */
function parseMaskSize(text: string, longest: number): number {
  const length = Number(text);
  if (!/^\d{1,3}$/.test(text) || length < 1 || length > longest)
    throw new RangeError(`must be a prefix length between 1 and ${String(longest)}`);
  return length;
}

export function parseNetworkBackend(text: string): NetworkBackend {
  const backend = NETWORK_BACKENDS.find((each) => each === text);
  if (backend === undefined) throw new RangeError(`must be one of ${NETWORK_BACKENDS.join(", ")}`);
  return backend;
}

/** As the kernel takes it (IFNAMSIZ). */
export function parseLinkName(text: string): string {
  if (!/^[^\s/:]{1,15}$/.test(text) || text === "." || text === "..")
    throw new RangeError("must be the name of a network interface, such as eth0");
  return text;
}

export function parsePath(text: string): string {
  if (!isAbsolute(text)) throw new RangeError("must be an absolute path");
  return text;
}

/** Where lines go: `-` is standard output. */
export function parseLogPath(text: string): string {
  if (text !== "-" && !isAbsolute(text)) throw new RangeError("must be an absolute path, or -");
  return text;
}

export function parseMode(text: string): number {
  if (!/^0?[0-7]{3}$/.test(text)) throw new RangeError("must be three octal digits, such as 600");
  return Number.parseInt(text, 8);
}

export function parseVerbosity(text: string): number {
  if (!/^\d{1,2}$/.test(text)) throw new RangeError("must be a number from 0 to 99");
  return Number(text);
}

export function parseCount(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new RangeError("must be a number that is not negative");
  return Number(text);
}

export function parseIssuerUrl(text: string): string {
  if (URL.parse(text)?.protocol !== "https:") throw new RangeError("must be a URL that begins with https://");
  return text;
}

export function parseClaim(text: string): string {
  if (text.indexOf("=") < 1) throw new RangeError("must be a claim and its value, such as tenant=acme");
  return text;
}

/** A token of RFC 9110. */
export function parseHeaderName(text: string): string {
  if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(text))
    throw new RangeError("must be the name of a header, such as X-Remote-User");
  return text;
}

export function parseSigningAlgorithm(text: string): string {
  if (!/^(RS|ES|PS)(256|384|512)$/.test(text))
    throw new RangeError("must be an algorithm such as RS256 or ES256");
  return text;
}

export function parseSeconds(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new RangeError("must be a number of seconds");
  return Number(text) * 1000;
}

/** A Go duration; in milliseconds. */
export function parseTimeSpan(text: string): number {
  const ms = durationMs(text);
  if (ms === undefined || ms <= 0) throw new RangeError("must be a duration above zero, such as 1m30s");
  return ms;
}

function durationMs(text: string): number | undefined {
  try {
    return Number(parseDuration(text) / 1_000_000n);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

export function parseSwitch(text: string): boolean {
  if (text !== "true" && text !== "false") throw new RangeError("must be true or false");
  return text === "true";
}

/** What a certificate can be valid for: an address, or a name of which the first part may be `*`. */
export function parseSubjectName(text: string): string {
  if (parseIP(text) === undefined && checkDNS1123Subdomain(text.replace(/^\*\./, "")).length > 0)
    throw new RangeError("must be a DNS name in lower case or an IP address");
  return text;
}

/** A DNS name in lower case: node names and the cluster domain. */
export function parseDnsName(text: string): string {
  if (!/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(text) || text.length > 253) {
    throw new RangeError("must be a DNS name of lower case letters, digits, dashes and dots");
  }
  return text;
}

export function parseUnixEndpoint(text: string): string {
  if (!/^unix:\/\/\/.+/.test(text))
    throw new RangeError("must be the URL of a socket, such as unix:///var/run/docker.sock");
  return text;
}

/** A token of the server's own: such a one that could be a bootstrap token would be taken for that. */
export function parseOwnToken(text: string): string {
  if (parseJoinToken(text).user === "bootstrap") throw new RangeError("must not look like a bootstrap token");
  return text;
}

/** A token that somebody else has made. */
export function parseToken(text: string): string {
  parseJoinToken(text);
  return text;
}

/** The URL of a server; another path than `/` has no meaning. */
export function parseServerUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== "https:" || url.hostname === "" || url.pathname !== "/" || url.search !== "")
    throw new RangeError("must be the URL of a server, such as https://192.0.2.10:6443");
  return url.origin;
}

/** A Go duration that may be 0; in milliseconds. */
export function parseTtl(text: string): number {
  const ms = text === "0" ? 0 : durationMs(text);
  if (ms === undefined || ms < 0) throw new RangeError("must be a duration such as 24h, or 0");
  return ms;
}

export function parseUsage(text: string): string {
  if (text !== "authentication" && text !== "signing")
    throw new RangeError("must be authentication or signing");
  return text;
}

export function parseBootstrapGroup(text: string): string {
  if (!isBootstrapGroup(text)) throw new RangeError("must begin with system:bootstrappers:");
  return text;
}
