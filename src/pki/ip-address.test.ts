import { expect, test } from "bun:test";
import { parseIPAddress } from "./ip-address.ts";

test.each([
  { text: "10.43.0.1", want: "0a2b0001" },
  { text: "::", want: "0".repeat(32) },
  { text: "::1", want: `${"0".repeat(31)}1` },
  { text: "fd00:1::2:3", want: "fd000001000000000000000000020003" },
  { text: "1:2:3:4:5:6:7:8", want: "00010002000300040005000600070008" },
  { text: "::ffff:192.0.2.1", want: "00000000000000000000ffffc0000201" },
  { text: "fe80::1%eth0", want: undefined },
  { text: "localhost", want: undefined },
  { text: "256.1.1.1", want: undefined },
])("parseIPAddress of $text", ({ text, want }) => {
  const bytes = parseIPAddress(text);
  expect(bytes && Buffer.from(bytes).toString("hex")).toBe(want);
});
