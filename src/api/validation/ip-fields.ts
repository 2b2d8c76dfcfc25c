/**
 * Addresses and networks in fields that are older than strict parsing (apimachinery `pkg/util/validation/ip.go`,
 * with the gate StrictIPCIDRValidation on).
 */
import { type FieldError, invalid } from "#apimachinery/field-error.ts";
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
  unmapIpAddress,
} from "#base/ip-address.ts";

const SLOPPY = { leadingZeros: true } as const;

/** Go tells link-local multicast by the scope bits alone: `ffX2::/16` for any flags X. */
const LINK_LOCAL_MULTICAST = Array.from({ length: 16 }, (_, flags) => `ff${flags.toString(16)}2::/16`);

/** Addresses that nobody else can reach; `%s` stands for the address. */
const UNUSABLE_RANGES = [
  { networks: ["0.0.0.0/32", "::/128"], message: "may not be unspecified (%s)" },
  {
    networks: ["127.0.0.0/8", "::1/128"],
    message: "may not be in the loopback range (127.0.0.0/8, ::1/128)",
  },
  {
    networks: ["169.254.0.0/16", "fe80::/10"],
    message: "may not be in the link-local range (169.254.0.0/16, fe80::/10)",
  },
  {
    networks: ["224.0.0.0/24", ...LINK_LOCAL_MULTICAST],
    message: "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)",
  },
].map(({ networks, message }) => ({
  networks: networks.map((text) => parseCidr(text)).filter((cidr) => cidr !== undefined),
  message,
}));

/** An address that need not be in canonical form. Texts that the old object had already are not looked at. */
export function validateLegacyIp(
  text: string,
  path: string,
  existing: readonly string[] = [],
): readonly FieldError[] {
  if (existing.includes(text)) return [];
  const address = parseIpAddress(text, SLOPPY);
  if (address === undefined) {
    return [invalid(path, text, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)")];
  }
  if (parseIpAddress(text) === undefined) return [invalid(path, text, "must not have leading 0s")];
  return isIpv4Mapped(address) ? [invalid(path, text, "must not be an IPv4-mapped IPv6 address")] : [];
}

/** A network that need not be in canonical form. Texts that the old object had already are not looked at. */
export function validateLegacyCidr(
  text: string,
  path: string,
  existing: readonly string[] = [],
): readonly FieldError[] {
  if (existing.includes(text)) return [];
  if (parseCidr(text, SLOPPY) === undefined) {
    return [invalid(path, text, "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)")];
  }
  const cidr = parseCidr(text);
  const problem = cidr === undefined ? "must not have leading 0s in IP or prefix length" : cidrProblem(cidr);
  return problem === undefined ? [] : [invalid(path, text, problem)];
}

/** An address in canonical form, as newer fields need it. */
export function validateIp(text: string, path: string): readonly FieldError[] {
  const errors = validateLegacyIp(text, path);
  return errors.length > 0 ? errors : validateCanonical(text, canonicalIp(text), path);
}

/** A network in canonical form, as newer fields need it. */
export function validateCidr(text: string, path: string): readonly FieldError[] {
  const errors = validateLegacyCidr(text, path);
  return errors.length > 0 ? errors : validateCanonical(text, canonicalCidr(text), path);
}

/** The address of a network interface with the length of its network's prefix, in canonical form. */
export function validateInterfaceAddress(text: string, path: string): readonly FieldError[] {
  const cidr = parseCidr(text, SLOPPY);
  if (cidr === undefined) {
    const detail = "must be a valid address in CIDR form, (e.g. 10.9.8.7/24 or 2001:db8::1/64)";
    return [invalid(path, text, detail)];
  }
  const { address, prefixLength } = cidr;
  const mappedBits = isIpv4Mapped(address) && prefixLength > 32 ? 96 : 0;
  const canonical = { address: unmapIpAddress(address), prefixLength: prefixLength - mappedBits };
  return validateCanonical(text, formatCidr(canonical), path);
}

/** Addresses that make sense as an endpoint, and for historical reasons as an external address of a Service. */
export function validateEndpointIp(text: string, path: string): readonly FieldError[] {
  const parsed = parseIpAddress(text, SLOPPY);
  if (parsed === undefined) return [invalid(path, text, "must be a valid IP address")];
  const problem = unusableRange(unmapIpAddress(parsed));
  return problem === undefined ? [] : [invalid(path, text, problem.replace("%s", text))];
}

/** Warnings of an address that is valid in its field but not written in the standard way. */
export function ipWarnings(text: string, path: string): readonly string[] {
  const address = parseIpAddress(text, SLOPPY);
  if (address === undefined) return [];
  const canonical = formatIpAddress(unmapIpAddress(address));
  if (parseIpAddress(text) === undefined || isIpv4Mapped(address)) {
    return [`${path}: non-standard IP address ${JSON.stringify(text)} is invalid: use "${canonical}"`];
  }
  return address.family === "IPv6" && canonical !== text
    ? [`${path}: IPv6 address "${text}" should be in RFC 5952 canonical format ("${canonical}")`]
    : [];
}

/** Warnings of a network that is valid in its field but not written in the standard way. */
export function cidrWarnings(text: string, path: string): readonly string[] {
  const cidr = parseCidr(text, SLOPPY);
  if (cidr === undefined) return [];
  const network = formatCidr(maskCidr(cidr));
  const single = `${formatIpAddress(cidr.address)}/${String(cidr.address.bytes.length * 8)}`;
  const warnings = [
    ...(network === formatCidr(cidr)
      ? []
      : [
          `${path}: CIDR value "${text}" is ambiguous in this context (should be "${network}" or "${single}"?)`,
        ]),
    ...(parseCidr(text) === undefined || isIpv4Mapped(cidr.address)
      ? [`${path}: non-standard CIDR value "${text}" is invalid: use "${network}"`]
      : []),
  ];
  return warnings.length === 0 && cidr.address.family === "IPv6" && formatCidr(cidr) !== text
    ? [`${path}: IPv6 CIDR value "${text}" should be in RFC 5952 canonical format ("${formatCidr(cidr)}")`]
    : warnings;
}

/** The family of a text that was validated; undefined when it is no address. */
export function ipFamilyOf(text: string): IpAddress["family"] | undefined {
  const address = parseIpAddress(text, SLOPPY);
  return address && unmapIpAddress(address).family;
}

/** As `ipFamilyOf`, for a network. */
export function cidrFamilyOf(text: string): IpAddress["family"] | undefined {
  const cidr = parseCidr(text, SLOPPY);
  return cidr && unmapIpAddress(cidr.address).family;
}

/** True for texts of both families (`k8s.io/utils/net.IsDualStackIPStrings`). */
export function isDualStack(families: readonly (IpAddress["family"] | undefined)[]): boolean {
  return families.includes("IPv4") && families.includes("IPv6");
}

function cidrProblem(cidr: Cidr): string | undefined {
  if (isIpv4Mapped(cidr.address)) return "must not have an IPv4-mapped IPv6 address";
  return formatCidr(maskCidr(cidr)) === formatCidr(cidr)
    ? undefined
    : "must not have bits set beyond the prefix length";
}

function canonicalIp(text: string): string {
  const address = parseIpAddress(text);
  return address === undefined ? text : formatIpAddress(address);
}

function canonicalCidr(text: string): string {
  const cidr = parseCidr(text);
  return cidr === undefined ? text : formatCidr(cidr);
}

function validateCanonical(text: string, canonical: string, path: string): readonly FieldError[] {
  return text === canonical ? [] : [invalid(path, text, `must be in canonical form ("${canonical}")`)];
}

function unusableRange(address: IpAddress): string | undefined {
  return UNUSABLE_RANGES.find(({ networks }) => networks.some((network) => cidrContains(network, address)))
    ?.message;
}
