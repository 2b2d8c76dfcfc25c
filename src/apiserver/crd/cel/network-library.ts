/** `k8s.io/apiserver/pkg/cel/library` urls, ip and cidr. */
import { type CelFunc, CelScalar, type CelValue, celFunc, celMethod, listType, mapType } from "@bufbuild/cel";
import {
  type Cidr,
  cidrContains,
  formatCidr,
  formatIpAddress,
  type IpAddress,
  isIpv4Mapped,
  maskCidr,
  parseCidr,
  parseIpAddress,
} from "#base/ip-address.ts";
import { isOpaque, OPAQUE, opaque, opaqueText } from "./opaque-value.ts";

const { STRING, INT, BOOL, DYN } = CelScalar;

export const networkLibrary: readonly CelFunc[] = [
  celFunc("url", [STRING], OPAQUE, (text) => {
    if (parseUrl(text) === undefined)
      throw new Error(
        `URL parse error during conversion from string: parse "${text}": invalid URI for request`,
      );
    return opaque("url", { text });
  }),
  celFunc("isURL", [STRING], BOOL, (text) => parseUrl(text) !== undefined),
  ...urlMethods({
    getScheme: ({ protocol }, text) => (text.startsWith("/") ? "" : protocol.replace(/:$/, "")),
    getHost: ({ host }, text) => (text.startsWith("/") ? "" : hostIn(text) || host),
    getHostname: ({ hostname }, text) => (text.startsWith("/") ? "" : hostname.replace(/^\[|\]$/g, "")),
    getPort: (_url, text) => /:(\d+)$/.exec(hostIn(text))?.[1] ?? "",
    getEscapedPath: (_url, text) => /^(?:[^:/?#]+:)?(?:\/\/[^/?#]*)?([^?#]*)/.exec(text)?.[1] ?? "",
  }),
  celMethod("getQuery", OPAQUE, [], mapType(STRING, listType(STRING)), function () {
    const url = urlOf(this);
    const names = new Set(url.searchParams.keys());
    return new Map([...names].map((name) => [name, url.searchParams.getAll(name)]));
  }),
  celFunc("ip", [STRING], OPAQUE, (text) => ipValue(ipIn(text))),
  celFunc("isIP", [STRING], BOOL, (text) => tryIp(text) !== undefined),
  celFunc("ip.isCanonical", [STRING], BOOL, (text) => formatIpAddress(ipIn(text)) === text),
  celMethod("family", OPAQUE, [], INT, function () {
    return ipOf(this).family === "IPv4" ? 4n : 6n;
  }),
  ...ipMethods({
    isUnspecified: ({ bytes }) => bytes.every((byte) => byte === 0),
    isLoopback: isLoopback,
    isLinkLocalMulticast: ({ bytes: [a = 0, b = 0, c = 0], family }) =>
      family === "IPv4" ? a === 224 && b === 0 && c === 0 : a === 0xff && (b & 0x0f) === 0x02,
    isLinkLocalUnicast: isLinkLocal,
    isGlobalUnicast: (address) =>
      !isLoopback(address) && !isLinkLocal(address) && !isMulticast(address) && !isBroadcastOrNone(address),
  }),
  celFunc("cidr", [STRING], OPAQUE, (text) => cidrValue(cidrIn(text))),
  celFunc("isCIDR", [STRING], BOOL, (text) => parseCidr(text) !== undefined),
  celMethod("containsIP", OPAQUE, [DYN], BOOL, function (address) {
    return cidrContains(cidrOf(this), typeof address === "string" ? ipIn(address) : ipOf(address));
  }),
  celMethod("containsCIDR", OPAQUE, [DYN], BOOL, function (other) {
    const [outer, inner] = [cidrOf(this), typeof other === "string" ? cidrIn(other) : cidrOf(other)];
    return inner.prefixLength >= outer.prefixLength && cidrContains(outer, inner.address);
  }),
  celMethod("ip", OPAQUE, [], OPAQUE, function () {
    return ipValue(cidrOf(this).address);
  }),
  celMethod("masked", OPAQUE, [], OPAQUE, function () {
    return cidrValue(maskCidr(cidrOf(this)));
  }),
  celMethod("prefixLength", OPAQUE, [], INT, function () {
    return BigInt(cidrOf(this).prefixLength);
  }),
  celFunc("string", [OPAQUE], STRING, (value) => {
    const type = (["ip", "cidr", "url"] as const).find((each) => isOpaque(value, each));
    if (type === undefined) throw new Error("no such overload");
    return opaqueText(value, type, "text");
  }),
];

function urlMethods(
  getters: Readonly<Record<string, (url: URL, text: string) => string>>,
): readonly CelFunc[] {
  return Object.entries(getters).map(([name, get]) =>
    celMethod(name, OPAQUE, [], STRING, function () {
      return get(urlOf(this), opaqueText(this, "url", "text"));
    }),
  );
}

function ipMethods(checks: Readonly<Record<string, (address: IpAddress) => boolean>>): readonly CelFunc[] {
  return Object.entries(checks).map(([name, check]) =>
    celMethod(name, OPAQUE, [], BOOL, function () {
      return check(ipOf(this));
    }),
  );
}

/** Absolute, or only a path, as Go's `url.ParseRequestURI` takes them. */
function parseUrl(text: string): URL | undefined {
  if (text.startsWith("/")) return URL.parse(text, "http://host.invalid") ?? undefined;
  return /^[a-zA-Z][a-zA-Z0-9+.-]*:/.test(text) ? (URL.parse(text) ?? undefined) : undefined;
}

function urlOf(value: CelValue): URL {
  const url = parseUrl(opaqueText(value, "url", "text"));
  if (url === undefined) throw new Error("no such overload");
  return url;
}

/** The host as it is written, with its port even where that is the usual one. */
function hostIn(text: string): string {
  return /^[^:/?#]+:\/\/(?:[^@/?#]*@)?([^/?#]*)/.exec(text)?.[1] ?? "";
}

function tryIp(text: string): IpAddress | undefined {
  const address = parseIpAddress(text);
  return address === undefined || isIpv4Mapped(address) ? undefined : address;
}

function ipIn(text: string): IpAddress {
  const address = tryIp(text);
  if (address === undefined)
    throw new Error(
      `IP Address "${text}" parse error during conversion from string: ParseAddr("${text}"): unable to parse IP`,
    );
  return address;
}

function cidrIn(text: string): Cidr {
  const cidr = parseCidr(text);
  if (cidr === undefined)
    throw new Error(
      `network address parse error during conversion from string: netip.ParsePrefix("${text}")`,
    );
  return cidr;
}

function ipValue(address: IpAddress) {
  return opaque("ip", { text: formatIpAddress(address) });
}

function cidrValue(cidr: Cidr) {
  return opaque("cidr", { text: formatCidr(cidr) });
}

function ipOf(value: CelValue): IpAddress {
  return ipIn(opaqueText(value, "ip", "text"));
}

function cidrOf(value: CelValue): Cidr {
  return cidrIn(opaqueText(value, "cidr", "text"));
}

function isLoopback({ bytes, family }: IpAddress): boolean {
  if (family === "IPv4") return bytes[0] === 127;
  return bytes.every((byte, index) => byte === (index === 15 ? 1 : 0));
}

function isLinkLocal({ bytes: [a = 0, b = 0], family }: IpAddress): boolean {
  return family === "IPv4" ? a === 169 && b === 254 : a === 0xfe && (b & 0xc0) === 0x80;
}

function isMulticast({ bytes: [a = 0], family }: IpAddress): boolean {
  return family === "IPv4" ? (a & 0xf0) === 0xe0 : a === 0xff;
}

function isBroadcastOrNone({ bytes, family }: IpAddress): boolean {
  return bytes.every((byte) => byte === 0) || (family === "IPv4" && bytes.every((byte) => byte === 255));
}
