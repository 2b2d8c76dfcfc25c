/**
 * Addresses and networks in fields that are older than strict parsing (apimachinery `pkg/util/validation/ip.go`,
 * with the gate StrictIPCIDRValidation on).
 */
import { type FieldError, invalid } from "#apimachinery/field-error.ts";
import {
  formatCIDR,
  formatIP,
  formatPrefix,
  type IPPrefix,
  networkOf,
  parseIP,
  parsePrefix,
} from "#base/cidr.ts";
import {
  familyName,
  isIPv4Mapped,
  isLinkLocalMulticast,
  isLinkLocalUnicast,
  isLoopback,
  isUnspecified,
  unmapIP,
} from "#base/ip-kinds.ts";

const SLOPPY = { leadingZeros: true } as const;

type FamilyName = ReturnType<typeof familyName>;

/** Addresses that nobody else can reach; `%s` stands for the address. */
const UNUSABLE = [
  { is: isUnspecified, message: "may not be unspecified (%s)" },
  { is: isLoopback, message: "may not be in the loopback range (127.0.0.0/8, ::1/128)" },
  { is: isLinkLocalUnicast, message: "may not be in the link-local range (169.254.0.0/16, fe80::/10)" },
  {
    is: isLinkLocalMulticast,
    message: "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)",
  },
];

/** An address that need not be in canonical form. Texts that the old object had already are not looked at. */
export function validateLegacyIp(
  text: string,
  path: string,
  existing: readonly string[] = [],
): readonly FieldError[] {
  if (existing.includes(text)) return [];
  const address = parseIP(text, SLOPPY);
  if (address === undefined) {
    return [invalid(path, text, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)")];
  }
  if (parseIP(text) === undefined) return [invalid(path, text, "must not have leading 0s")];
  return isIPv4Mapped(address) ? [invalid(path, text, "must not be an IPv4-mapped IPv6 address")] : [];
}

/** A network that need not be in canonical form. Texts that the old object had already are not looked at. */
export function validateLegacyCidr(
  text: string,
  path: string,
  existing: readonly string[] = [],
): readonly FieldError[] {
  if (existing.includes(text)) return [];
  if (parsePrefix(text, SLOPPY) === undefined) {
    return [invalid(path, text, "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)")];
  }
  const cidr = parsePrefix(text);
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
  const cidr = parsePrefix(text, SLOPPY);
  if (cidr === undefined) {
    const detail = "must be a valid address in CIDR form, (e.g. 10.9.8.7/24 or 2001:db8::1/64)";
    return [invalid(path, text, detail)];
  }
  const { address, prefixLength } = cidr;
  const mappedBits = isIPv4Mapped(address) && prefixLength > 32 ? 96 : 0;
  const canonical = { address: unmapIP(address), prefixLength: prefixLength - mappedBits };
  return validateCanonical(text, formatPrefix(canonical), path);
}

/** Addresses that make sense as an endpoint, and for historical reasons as an external address of a Service. */
export function validateEndpointIp(text: string, path: string): readonly FieldError[] {
  const parsed = parseIP(text, SLOPPY);
  if (parsed === undefined) return [invalid(path, text, "must be a valid IP address")];
  const address = unmapIP(parsed);
  const unusable = UNUSABLE.find(({ is }) => is(address));
  return unusable === undefined ? [] : [invalid(path, text, unusable.message.replace("%s", text))];
}

/** Warnings of an address that is valid in its field but not written in the standard way. */
export function ipWarnings(text: string, path: string): readonly string[] {
  const address = parseIP(text, SLOPPY);
  if (address === undefined) return [];
  const canonical = formatIP(unmapIP(address));
  if (parseIP(text) === undefined || isIPv4Mapped(address)) {
    return [`${path}: non-standard IP address ${JSON.stringify(text)} is invalid: use "${canonical}"`];
  }
  return address.family === 6 && canonical !== text
    ? [`${path}: IPv6 address "${text}" should be in RFC 5952 canonical format ("${canonical}")`]
    : [];
}

/** Warnings of a network that is valid in its field but not written in the standard way. */
export function cidrWarnings(text: string, path: string): readonly string[] {
  const prefix = parsePrefix(text, SLOPPY);
  if (prefix === undefined) return [];
  const { address } = prefix;
  const network = formatCIDR(networkOf(prefix));
  const written = formatPrefix(prefix);
  const single = `${formatIP(address)}/${address.family === 4 ? "32" : "128"}`;
  const warnings = [
    ...(network === written
      ? []
      : [
          `${path}: CIDR value "${text}" is ambiguous in this context (should be "${network}" or "${single}"?)`,
        ]),
    ...(parsePrefix(text) === undefined || isIPv4Mapped(address)
      ? [`${path}: non-standard CIDR value "${text}" is invalid: use "${network}"`]
      : []),
  ];
  return warnings.length === 0 && address.family === 6 && written !== text
    ? [`${path}: IPv6 CIDR value "${text}" should be in RFC 5952 canonical format ("${written}")`]
    : warnings;
}

/** The family of a text that was validated; undefined when it is no address. */
export function ipFamilyOf(text: string): FamilyName | undefined {
  const address = parseIP(text, SLOPPY);
  return address && familyName(unmapIP(address));
}

/** As `ipFamilyOf`, for a network. */
export function cidrFamilyOf(text: string): FamilyName | undefined {
  const cidr = parsePrefix(text, SLOPPY);
  return cidr && familyName(unmapIP(cidr.address));
}

/** True for texts of both families (`k8s.io/utils/net.IsDualStackIPStrings`). */
export function isDualStack(families: readonly (FamilyName | undefined)[]): boolean {
  return families.includes("IPv4") && families.includes("IPv6");
}

function cidrProblem(prefix: IPPrefix): string | undefined {
  if (isIPv4Mapped(prefix.address)) return "must not have an IPv4-mapped IPv6 address";
  return networkOf(prefix).base.value === prefix.address.value
    ? undefined
    : "must not have bits set beyond the prefix length";
}

function canonicalIp(text: string): string {
  const address = parseIP(text);
  return address === undefined ? text : formatIP(address);
}

function canonicalCidr(text: string): string {
  const prefix = parsePrefix(text);
  return prefix === undefined ? text : formatPrefix(prefix);
}

function validateCanonical(text: string, canonical: string, path: string): readonly FieldError[] {
  return text === canonical ? [] : [invalid(path, text, `must be in canonical form ("${canonical}")`)];
}
