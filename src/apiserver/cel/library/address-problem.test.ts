import { describe, expect, test } from "bun:test";
import { addressProblem, prefixProblem } from "./address-problem.ts";

describe("a text that is no address", () => {
  test.each<[string, string]>([
    ["", "unable to parse IP"],
    ["abc", "unable to parse IP"],
    ["%eth0", "missing IPv6 address"],
    ["1.2.3", "IPv4 address too short"],
    ["1.2.3.4.5", "IPv4 address too long"],
    ["1.2.3.256", "IPv4 field has value >255"],
    ["1.2.3.01", "IPv4 field has octet with leading zero"],
    [".1.2.3", 'IPv4 field must have at least one digit (at ".1.2.3")'],
    ["1..2.3", 'IPv4 field must have at least one digit (at ".2.3")'],
    ["1.2.3.", 'IPv4 field must have at least one digit (at ".")'],
    ["1.2.3.x", 'unexpected character (at "x")'],
    ["::1%", "zone must be a non-empty string"],
    ["1:2:3", "address string too short"],
    ["1:2:3:4:5:6:7:8:9", 'trailing garbage after address (at "9")'],
    ["1::2::3", 'multiple :: in address (at ":3")'],
    ["1:2:3:4::5:6:7:8", "the :: must expand to at least one field of zeros"],
    ["12345::", 'each group must have 4 or fewer digits (at "12345::")'],
    ["2001:db8:::68", 'each colon-separated field must have at least one digit (at ":68")'],
    ["1:", 'colon must be followed by more characters (at ":")'],
    ["1:x", 'each colon-separated field must have at least one digit (at "x")'],
    ["1:2g", 'unexpected character, want colon (at "g")'],
    ["1:1.2.3.4", 'embedded IPv4 address must replace the final 2 fields of the address (at "1.2.3.4")'],
    ["::1.2.3", "IPv4 address too short"],
  ])("%s", (text, want) => {
    expect(addressProblem(text)).toBe(`ParseAddr("${text}"): ${want}`);
  });
});

describe("a text that is no CIDR", () => {
  test.each<[string, string]>([
    ["10.0.0.0", "no '/'"],
    ["10.0.0/8", 'ParseAddr("10.0.0"): IPv4 address too short'],
    ["10.0.0.0/33", "prefix length out of range"],
    ["10.0.0.0/08", 'bad bits after slash: "08"'],
    ["10.0.0.0/", 'bad bits after slash: ""'],
    ["fe80::%eth0/64", "IPv6 zones cannot be present in a prefix"],
  ])("%s", (text, want) => {
    expect(prefixProblem(text)).toBe(`netip.ParsePrefix("${text}"): ${want}`);
  });
});
