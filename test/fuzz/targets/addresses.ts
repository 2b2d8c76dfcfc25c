import { isIP } from "node:net";
import {
  containsIP,
  formatCIDR,
  formatIP,
  formatPrefix,
  networkOf,
  parseCIDR,
  parseIP,
  parsePrefix,
} from "#base/cidr.ts";
import { ensure, ensureSame, textTarget } from "../engine/target.ts";

/** Addresses and ranges by our reader, and by that of `node:net`. */
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
    const address = parseIP(text);
    const family = text.includes("%") ? 0 : isIP(text);
    ensureSame(address?.family ?? 0, family, "Addresses are of the family that node:net finds");
    if (address !== undefined)
      ensureSame(parseIP(formatIP(address)), address, "What is printed is read back");
    const [prefix, range] = [parsePrefix(text), parseCIDR(text, { allowHostBits: true })];
    ensureSame(
      range && formatCIDR(range),
      prefix && formatCIDR(networkOf(prefix)),
      "Both read the same ranges",
    );
    if (prefix === undefined || range === undefined) return;
    ensureSame(parsePrefix(formatPrefix(prefix)), prefix, "A range that is printed is read back");
    ensure(containsIP(range, prefix.address), "A range contains its address");
  },
});
