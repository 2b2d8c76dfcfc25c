/** k8s.io/apiserver pkg/cel/library/ip.go and cidr.go. */
import { quote } from "#apimachinery/go-text.ts";
import {
  containsIP,
  formatIP,
  formatPrefix,
  type IPAddress,
  type IPPrefix,
  networkOf,
  parseIP,
  parsePrefix,
} from "#base/cidr.ts";
import {
  isGlobalUnicast,
  isIPv4Mapped,
  isLinkLocalMulticast,
  isLinkLocalUnicast,
  isLoopback,
  isUnspecified,
} from "#base/ip-kinds.ts";
import { declare, type FunctionDeclaration, method, overload } from "../types/function.ts";
import { BOOL, INT, opaqueType, STRING } from "../types/type.ts";
import { equalObject } from "../values/equality.ts";
import { CelError, CelObject, type CelValue, type Result } from "../values/value.ts";
import { addressProblem, prefixProblem } from "./address-problem.ts";
import type { Library } from "./library.ts";

const IP_TYPE = opaqueType("net.IP");
const CIDR_TYPE = opaqueType("net.CIDR");

class CelIp extends CelObject {
  readonly type = IP_TYPE;
  readonly address: IPAddress;

  constructor(address: IPAddress) {
    super();
    this.address = address;
  }

  override get size(): number {
    return this.address.family === 4 ? 4 : 16;
  }

  override equals(other: CelValue): Result {
    return equalObject(other, CelIp, ({ address }) => formatIP(address) === formatIP(this.address));
  }
}

class CelCidr extends CelObject {
  readonly type = CIDR_TYPE;
  readonly cidr: IPPrefix;

  constructor(cidr: IPPrefix) {
    super();
    this.cidr = cidr;
  }

  override get size(): number {
    return Math.ceil(this.cidr.prefixLength / 8);
  }

  override equals(other: CelValue): Result {
    return equalObject(other, CelCidr, ({ cidr }) => formatPrefix(cidr) === formatPrefix(this.cidr));
  }
}

export const ipLibrary: Library = {
  functions: [
    declare("ip", overload("string_to_ip", [STRING], IP_TYPE, readIp)),
    declare(
      "isIP",
      overload("is_ip", [STRING], BOOL, (text: string) => readIp(text) instanceof CelIp),
    ),
    declare(
      "ip.isCanonical",
      overload("ip_is_canonical", [STRING], BOOL, (text: string) => {
        const ip = readIp(text);
        return ip instanceof CelIp ? formatIP(ip.address) === text : ip;
      }),
    ),
    declare(
      "family",
      method("ip_family", [IP_TYPE], INT, ({ address }: CelIp) => BigInt(address.family)),
    ),
    kind("isUnspecified", "ip_is_unspecified", isUnspecified),
    kind("isLoopback", "ip_is_loopback", isLoopback),
    kind("isLinkLocalMulticast", "ip_is_link_local_multicast", isLinkLocalMulticast),
    kind("isLinkLocalUnicast", "ip_is_link_local_unicast", isLinkLocalUnicast),
    kind("isGlobalUnicast", "ip_is_global_unicast", isGlobalUnicast),
    declare(
      "string",
      overload("ip_to_string", [IP_TYPE], STRING, ({ address }: CelIp) => formatIP(address)),
    ),
  ],
  types: [IP_TYPE],
};

export const cidrLibrary: Library = {
  functions: [
    declare("cidr", overload("string_to_cidr", [STRING], CIDR_TYPE, readCidr)),
    declare(
      "isCIDR",
      overload("is_cidr", [STRING], BOOL, (text: string) => readCidr(text) instanceof CelCidr),
    ),
    declare(
      "containsIP",
      method("cidr_contains_ip_string", [CIDR_TYPE, STRING], BOOL, ({ cidr }: CelCidr, text: string) => {
        const ip = readIp(text);
        return ip instanceof CelIp ? containsIP(networkOf(cidr), ip.address) : ip;
      }),
      method("cidr_contains_ip_ip", [CIDR_TYPE, IP_TYPE], BOOL, ({ cidr }: CelCidr, { address }: CelIp) =>
        containsIP(networkOf(cidr), address),
      ),
    ),
    declare(
      "containsCIDR",
      method("cidr_contains_cidr_string", [CIDR_TYPE, STRING], BOOL, ({ cidr }: CelCidr, text: string) => {
        const other = readCidr(text);
        return other instanceof CelCidr ? containsPrefix(cidr, other.cidr) : other;
      }),
      method("cidr_contains_cidr", [CIDR_TYPE, CIDR_TYPE], BOOL, (outer: CelCidr, inner: CelCidr) =>
        containsPrefix(outer.cidr, inner.cidr),
      ),
    ),
    declare(
      "ip",
      method("cidr_ip", [CIDR_TYPE], IP_TYPE, ({ cidr }: CelCidr) => new CelIp(cidr.address)),
    ),
    declare(
      "prefixLength",
      method("cidr_prefix_length", [CIDR_TYPE], INT, ({ cidr }: CelCidr) => BigInt(cidr.prefixLength)),
    ),
    declare(
      "masked",
      method("cidr_masked", [CIDR_TYPE], CIDR_TYPE, ({ cidr }: CelCidr) => new CelCidr(masked(cidr))),
    ),
    declare(
      "string",
      overload("cidr_to_string", [CIDR_TYPE], STRING, ({ cidr }: CelCidr) => formatPrefix(cidr)),
    ),
  ],
  types: [CIDR_TYPE],
};

function kind(name: string, id: string, isOf: (address: IPAddress) => boolean): FunctionDeclaration {
  return declare(
    name,
    method(id, [IP_TYPE], BOOL, ({ address }: CelIp) => isOf(address)),
  );
}

function containsPrefix(outer: IPPrefix, inner: IPPrefix): boolean {
  return outer.prefixLength <= inner.prefixLength && containsIP(networkOf(outer), inner.address);
}

function masked(prefix: IPPrefix): IPPrefix {
  const { base: address, prefixLength } = networkOf(prefix);
  return { address, prefixLength };
}

function readIp(text: string): CelIp | CelError {
  const [plain = "", zone] = text.split("%");
  const address = parseIP(plain);
  if (address === undefined || zone === "" || (zone !== undefined && address.family === 4)) {
    return new CelError(
      `IP Address ${quote(text)} parse error during conversion from string: ${addressProblem(text)}`,
    );
  }
  if (zone !== undefined) return new CelError(`IP address ${quote(text)} with zone value is not allowed`);
  return isIPv4Mapped(address)
    ? new CelError(`IPv4-mapped IPv6 address ${quote(text)} is not allowed`)
    : new CelIp(address);
}

function readCidr(text: string): CelCidr | CelError {
  const cidr = parsePrefix(text);
  const failed = "network address parse error during conversion from string";
  if (cidr === undefined) return new CelError(`${failed}: ${failed}: ${prefixProblem(text)}`);
  return isIPv4Mapped(cidr.address)
    ? new CelError(`${failed}: IPv4-mapped IPv6 address ${quote(text)} is not allowed`)
    : new CelCidr(cidr);
}
