import { describe, expect, test } from "bun:test";
import type { Expression } from "../../nft/expression.ts";
import { Attributes } from "../attributes.ts";
import { parseMessages } from "../message.ts";
import { MessageWriter } from "../message-writer.ts";
import { readExpressions, writeExpressions } from "./expression-codec.ts";
import { FORMATS } from "./expression-format.ts";

const LIST = 4;

function encode(expressions: readonly Expression[]): Uint8Array {
  const writer = new MessageWriter().message(1, 0);
  const list = writer.begin(LIST);
  writeExpressions(writer, expressions);
  writer.end(list);
  const [message] = parseMessages(writer.finish(1));
  return new Attributes(message?.payload ?? new Uint8Array()).binary(LIST) ?? new Uint8Array();
}

/** At least one of each type, with and without what is optional. */
const EXPRESSIONS: readonly Expression[] = [
  { type: "payload", base: "network", offset: 16, length: 4, into: 0 },
  { type: "payload", base: "transport", offset: 2, length: 2, into: 5 },
  { type: "meta", key: "l4proto", into: 1 },
  { type: "metaSet", key: "mark", from: 3 },
  { type: "ct", key: "state", into: 0 },
  { type: "ct", key: "ip daddr", direction: "original", into: 4 },
  { type: "ctSet", key: "mark", from: 2 },
  { type: "cmp", register: 0, operator: "!=", value: "\x7f\0\0\0" },
  { type: "bitwise", from: 0, into: 0, length: 4, mask: "\xff\0\0\0", xor: "\0\0\0\0" },
  { type: "lookup", set: "cluster-ips", key: 0 },
  { type: "lookup", set: "cluster-ips", key: 0, inverted: true },
  { type: "lookup", set: "service-endpoints", key: 0, into: 8 },
  { type: "vmap", set: "service-ips", key: 0 },
  { type: "immediate", into: 12, value: "\x0a\x2a\0\x05" },
  { type: "verdict", verdict: "goto endpoints-3" },
  { type: "verdict", verdict: "return" },
  { type: "verdict", verdict: "drop" },
  { type: "nat", kind: "dnat", family: "ip", address: 0, port: 1 },
  { type: "nat", kind: "snat", family: "ip6", address: 4, flags: ["random", "persistent"] },
  { type: "masquerade", flags: ["fully-random"] },
  { type: "masquerade" },
  { type: "redirect", port: 2 },
  { type: "counter" },
  { type: "numgen", mode: "random", modulus: 3, into: 3 },
  { type: "numgen", mode: "incremental", modulus: 7, offset: 65536, into: 3 },
  { type: "fib", result: "type", address: "daddr", into: 0 },
  { type: "dynset", operation: "update", set: "clients", key: 0, timeoutMs: 10_800_000 },
  { type: "dynset", operation: "add", set: "clients", key: 0, value: 4 },
  { type: "notrack" },
  { type: "reject", with: "icmp unreachable", code: 3 },
  { type: "reject", with: "tcp reset" },
];

describe("expressions", () => {
  test.each(EXPRESSIONS.map((expression) => ({ expression, text: JSON.stringify(expression) })))(
    "reads back $text",
    ({ expression }) => {
      expect(readExpressions(new Attributes(encode([expression])))).toEqual([expression]);
    },
  );

  test("has an example of every type", () => {
    const types = new Set<string>(EXPRESSIONS.map(({ type }) => type));
    expect(Object.keys(FORMATS).filter((type) => !types.has(type))).toEqual([]);
  });

  test.each([
    {
      expression: { type: "numgen", mode: "random", modulus: 3, into: 0 } as const,
      want: "2c00 0180 0b00 0100 6e756d67656e0000 1c00 0280 0800 0100 00000008 0800 0200 00000003 0800 0300 00000001",
    },
    {
      expression: { type: "masquerade", flags: ["fully-random"] } as const,
      want: "1c00 0180 0900 0100 6d61737100000000 0c00 0280 0800 0100 00000010",
    },
    {
      expression: { type: "verdict", verdict: "goto n3" } as const,
      want:
        "3800 0180 0e00 0100 696d6d656469617465000000 2400 0280 0800 0100 00000000" +
        "1800 0280 1400 0280 0800 0100 fffffffc 0700 0200 6e330000",
    },
  ])("writes $expression.type as the kernel reads it", ({ expression, want }) => {
    expect(Buffer.from(encode([expression])).toString("hex")).toBe(want.replaceAll(" ", ""));
  });

  test("reads whole registers of 16 bytes as the first of their four", () => {
    const raw = encode([{ type: "meta", key: "l4proto", into: 4 }]);
    // The kernel writes register 12 (the fifth of four bytes) as NFT_REG_2.
    const asWhole = Buffer.from(raw)
      .toString("hex")
      .replace("0800010000 00000c".replace(" ", ""), "0800010000000002");
    expect(readExpressions(new Attributes(Uint8Array.from(Buffer.from(asWhole, "hex"))))).toEqual([
      { type: "meta", key: "l4proto", into: 4 },
    ]);
  });

  test("keeps an expression that it does not know apart from all others", () => {
    const writer = new MessageWriter().message(1, 0);
    const element = writer.begin(1);
    writer.string(1, "limit");
    const data = writer.begin(2);
    writer.be32(3, 1).end(data).end(element);
    const [message] = parseMessages(writer.finish(1));
    const [expression] = readExpressions(new Attributes(message?.payload ?? new Uint8Array()));
    expect(expression).toMatchObject({ type: "unknown", name: "limit" });
    if (expression !== undefined) expect(() => encode([expression])).toThrow(TypeError);
  });
});
