import { isIP } from "node:net";
import { containsIP, formatCIDR, formatIP, parseCIDR, parseIP } from "#base/cidr.ts";
import {
  cidrContains,
  formatCidr,
  formatIpAddress,
  maskCidr,
  parseCidr,
  parseIpAddress,
} from "#base/ip-address.ts";
import { ensure, ensureSame, textTarget } from "../engine/target.ts";

/** Addresses and ranges by both of our readers, and by `node:net`. */
export const target = textTarget({
  seeds: [
    "10.0.0.1",
    "::",
    "::1",
    "fe80::1:2",
    "1:2:3:4:5:6:7:8",
    "::ffff:1.2.3.4",
    "10.0.0.0/8",
    "2001:db8::/32",
    "1.2.3.4/33",
    "01.2.3.4",
    "1::2::3",
    "::1%eth0",
  ],
  dictionary: [":", "::", ".", "/", "ffff", "::ffff:", "255", "256", "/128", "/0", "%lo", "0"],
  grammar: {
    start: ["<address>", "<address>/<length>"],
    address: [
      "10.0.0.1",
      "<byte>.<byte>.<byte>.<byte>",
      "<groups>",
      "<groups>::<groups>",
      "::<groups>",
      "<groups>::",
      "::<groups>:<byte>.<byte>.<byte>.<byte>",
    ],
    byte: ["0", "1", "9", "10", "127", "255", "256", "00"],
    groups: ["<group>", "<group>:<groups>"],
    group: ["0", "1", "ffff", "Ab", "00001", "0000"],
    length: ["8", "0", "32", "33", "128", "129", "08"],
  },
  maxBytes: 200,
  refusals: [],
  open: () => (text) => {
    const [number, bytes] = [parseIP(text), parseIpAddress(text)];
    const family = text.includes("%") ? 0 : isIP(text);
    ensureSame(number?.family ?? 0, family, "Numbers are of the family that node:net finds");
    ensureSame(
      bytes?.family ?? "",
      { 0: "", 4: "IPv4", 6: "IPv6" }[family],
      "Bytes are of the family that node:net finds",
    );
    if (number !== undefined && bytes !== undefined) {
      const printed = formatIP(number);
      // The one that reads bytes has Go's way of showing an address of the other family.
      const isMapped = formatIpAddress(bytes).startsWith("::ffff:");
      if (!isMapped) ensureSame(formatIpAddress(bytes), printed, "Both print the same");
      ensureSame(parseIP(printed), number, "What is printed is read back");
    }
    const [range, written] = [parseCIDR(text, { allowHostBits: true }), parseCidr(text)];
    ensureSame(range !== undefined, written !== undefined, "Both read the same ranges");
    if (range === undefined || written === undefined) return;
    const other = formatCidr(maskCidr(written));
    if (!other.startsWith("::ffff:")) ensureSame(formatCIDR(range), other, "Both print the same range");
    ensure(
      containsIP(range, range.base) && cidrContains(written, written.address),
      "A range contains its address",
    );
  },
});
