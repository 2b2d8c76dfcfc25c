/** Why a text is no address or no CIDR, in the words of Go's net/netip. */
import { quote } from "#apimachinery/go-text.ts";
import { parseIP } from "#base/cidr.ts";

export function addressProblem(text: string): string {
  return `ParseAddr(${quote(text)}): ${problemOf(text)}`;
}

export function prefixProblem(text: string): string {
  return `netip.ParsePrefix(${quote(text)}): ${problemOfPrefix(text)}`;
}

function problemOfPrefix(text: string): string {
  const slash = text.lastIndexOf("/");
  if (slash < 0) return "no '/'";
  const address = text.slice(0, slash);
  const bits = text.slice(slash + 1);
  const [plain = "", zone] = address.split("%", 2);
  if (zone === "" || parseIP(plain) === undefined) return addressProblem(address);
  if (zone !== undefined && plain.includes(":")) return "IPv6 zones cannot be present in a prefix";
  return /^(?:[0-9]|[1-9][0-9]+)$/.test(bits)
    ? "prefix length out of range"
    : `bad bits after slash: ${quote(bits)}`;
}

function problemOf(text: string): string {
  const kind = /[.:%]/.exec(text)?.[0];
  if (kind === undefined) return "unable to parse IP";
  if (kind === "%") return "missing IPv6 address";
  return (kind === "." ? problemOfIpv4(text) : problemOfIpv6(text)) ?? "unable to parse IP";
}

function problemOfIpv4(text: string): string | undefined {
  let fields = 1;
  let digits = "";
  for (const [index, each] of Array.from(text).entries()) {
    const at = ` (at ${quote(text.slice(index))})`;
    if (each === ".") {
      if (digits === "" || index === text.length - 1) return `IPv4 field must have at least one digit${at}`;
      if (fields === 4) return "IPv4 address too long";
      fields++;
      digits = "";
    } else if (!/^[0-9]$/.test(each)) {
      return `unexpected character${at}`;
    } else {
      if (digits === "0") return "IPv4 field has octet with leading zero";
      digits += each;
      if (Number(digits) > 255) return "IPv4 field has value >255";
    }
  }
  return fields < 4 ? "IPv4 address too short" : undefined;
}

/** What has been read of an address of version 6. */
interface Groups {
  readonly rest: string;
  readonly bytes: number;
  readonly hasGap: boolean;
}

function problemOfIpv6(text: string): string | undefined {
  const [plain, zone] = splitZone(text);
  if (zone === "") return "zone must be a non-empty string";
  const startsWithGap = plain.startsWith("::");
  let state: Groups = { rest: startsWithGap ? plain.slice(2) : plain, bytes: 0, hasGap: startsWithGap };
  while (state.bytes < 16 && !(state.rest === "" && state.hasGap)) {
    const next = readGroup(state);
    if (typeof next === "string") return next;
    state = next;
    if (state.rest === "") break;
  }
  const { rest, bytes, hasGap } = state;
  if (rest !== "") return `trailing garbage after address (at ${quote(rest)})`;
  if (bytes < 16) return hasGap ? undefined : "address string too short";
  return hasGap ? "the :: must expand to at least one field of zeros" : undefined;
}

function splitZone(text: string): readonly [string, string?] {
  const sign = text.indexOf("%");
  return sign < 0 ? [text] : [text.slice(0, sign), text.slice(sign + 1)];
}

/** Returns the problem with the group, or what comes behind it. */
function readGroup({ rest, bytes, hasGap }: Groups): Groups | string {
  const at = ` (at ${quote(rest)})`;
  const digits = /^[0-9a-f]*/i.exec(rest)?.[0] ?? "";
  if (digits.length > 4) return `each group must have 4 or fewer digits${at}`;
  if (digits === "") return `each colon-separated field must have at least one digit${at}`;
  const behind = rest.slice(digits.length);
  if (behind.startsWith(".")) {
    if (!hasGap && bytes !== 12) {
      return `embedded IPv4 address must replace the final 2 fields of the address${at}`;
    }
    if (bytes > 12) {
      return `too many hex fields to fit an embedded IPv4 at the end of the address${at}`;
    }
    return problemOfIpv4(rest) ?? { rest: "", bytes: bytes + 4, hasGap };
  }
  if (behind === "") return { rest: "", bytes: bytes + 2, hasGap };
  const next = ` (at ${quote(behind)})`;
  if (!behind.startsWith(":")) return `unexpected character, want colon${next}`;
  if (behind === ":") return `colon must be followed by more characters${next}`;
  if (!behind.startsWith("::")) return { rest: behind.slice(1), bytes: bytes + 2, hasGap };
  if (hasGap) return `multiple :: in address (at ${quote(behind.slice(1))})`;
  return { rest: behind.slice(2), bytes: bytes + 2, hasGap: true };
}
