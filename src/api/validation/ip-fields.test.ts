import { describe, expect, test } from "bun:test";
import { formatFieldError } from "#apimachinery/field-error.ts";
import {
  cidrWarnings,
  ipWarnings,
  validateCidr,
  validateEndpointIp,
  validateIp,
  validateLegacyCidr,
  validateLegacyIp,
} from "./ip-fields.ts";

const cases = [
  { validate: validateLegacyIp, text: "10.0.0.1", want: [] },
  { validate: validateLegacyIp, text: "FE80:0::0ABC", want: [] },
  {
    validate: validateLegacyIp,
    text: "10.0.0",
    want: ["must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"],
  },
  { validate: validateLegacyIp, text: "010.0.0.1", want: ["must not have leading 0s"] },
  { validate: validateLegacyIp, text: "::ffff:1.2.3.4", want: ["must not be an IPv4-mapped IPv6 address"] },
  { validate: validateIp, text: "2001:db8:0::1", want: ['must be in canonical form ("2001:db8::1")'] },
  { validate: validateLegacyCidr, text: "10.0.0.0/8", want: [] },
  {
    validate: validateLegacyCidr,
    text: "10.0.0.0/33",
    want: ["must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"],
  },
  {
    validate: validateLegacyCidr,
    text: "10.0.0.0/08",
    want: ["must not have leading 0s in IP or prefix length"],
  },
  {
    validate: validateLegacyCidr,
    text: "10.0.0.1/8",
    want: ["must not have bits set beyond the prefix length"],
  },
  { validate: validateCidr, text: "2001:DB8::/32", want: ['must be in canonical form ("2001:db8::/32")'] },
  { validate: validateEndpointIp, text: "10.0.0.1", want: [] },
  { validate: validateEndpointIp, text: "::", want: ["may not be unspecified (::)"] },
  {
    validate: validateEndpointIp,
    text: "127.0.0.1",
    want: ["may not be in the loopback range (127.0.0.0/8, ::1/128)"],
  },
  {
    validate: validateEndpointIp,
    text: "169.254.1.1",
    want: ["may not be in the link-local range (169.254.0.0/16, fe80::/10)"],
  },
  {
    validate: validateEndpointIp,
    text: "ff12::1",
    want: ["may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)"],
  },
  { validate: validateEndpointIp, text: "x", want: ["must be a valid IP address"] },
];

describe("fields with addresses", () => {
  test.each(cases)("$text", ({ validate, text, want }) => {
    expect(validate(text, "ip").map(formatFieldError)).toEqual(
      want.map((detail) => `ip: Invalid value: "${text}": ${detail}`),
    );
  });

  test("what the old object had is not looked at", () => {
    expect(validateLegacyIp("010.0.0.1", "ip", ["010.0.0.1"])).toEqual([]);
  });
});

test.each([
  { text: "10.0.0.1", want: [] },
  { text: "010.0.0.1", want: ['ip: non-standard IP address "010.0.0.1" is invalid: use "10.0.0.1"'] },
  {
    text: "2001:DB8::1",
    want: ['ip: IPv6 address "2001:DB8::1" should be in RFC 5952 canonical format ("2001:db8::1")'],
  },
])("warnings of $text", ({ text, want }) => {
  expect(ipWarnings(text, "ip")).toEqual(want);
});

test.each([
  { text: "10.0.0.0/8", want: [] },
  {
    text: "10.0.0.1/8",
    want: [
      'cidr: CIDR value "10.0.0.1/8" is ambiguous in this context (should be "10.0.0.0/8" or "10.0.0.1/32"?)',
    ],
  },
  {
    text: "2001:DB8::/32",
    want: ['cidr: IPv6 CIDR value "2001:DB8::/32" should be in RFC 5952 canonical format ("2001:db8::/32")'],
  },
])("warnings of $text", ({ text, want }) => {
  expect(cidrWarnings(text, "cidr")).toEqual(want);
});
