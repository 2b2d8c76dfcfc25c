import { describe, expect, test } from "bun:test";
import type { SetDefinition } from "../../nft/ruleset.ts";
import type { NftOperation } from "../../nft/transaction.ts";
import { markBytes } from "../../nft/value.ts";
import { Attributes } from "../attributes.ts";
import { parseMessages } from "../message.ts";
import { FLAG_ACK } from "../protocol.ts";
import { nftPayload } from "./nft-message.ts";
import { encodeTransaction } from "./transaction-writer.ts";

const table = { family: "ip", name: "t" } as const;
const definition: SetDefinition = { key: ["inet_proto", "inet_service"], value: "verdict" };

function encode(operations: readonly NftOperation[]) {
  const { writer, operations: carried } = encodeTransaction({ table, operations });
  return { messages: parseMessages(writer.finish(1)), carried };
}

describe("encodeTransaction", () => {
  test("frames the operations as a batch and asks to acknowledge the last one", () => {
    const { messages, carried } = encode([{ type: "addTable" }, { type: "addChain", chain: "c" }]);
    expect(messages.map(({ type }) => type)).toEqual([16, 0xa00, 0xa03, 17]);
    expect(messages.map(({ flags }) => (flags & FLAG_ACK) !== 0)).toEqual([false, false, true, false]);
    expect(carried.map((operation) => operation?.type)).toEqual([
      undefined,
      "addTable",
      "addChain",
      undefined,
    ]);
    // The batch names its subsystem in network byte order.
    expect(messages[0]?.payload).toEqual(Uint8Array.of(0, 0, 0, 10));
  });

  const cases: readonly { readonly operation: NftOperation; readonly want: string }[] = [
    { operation: { type: "deleteTable" }, want: "06000100 74000000" },
    {
      operation: {
        type: "addChain",
        chain: "c",
        hook: { type: "nat", hook: "postrouting", priority: 100 },
      },
      want:
        "06000100 74000000 06000300 63000000" +
        "14000480 08000100 00000004 08000200 00000064 08000700 6e617400",
    },
    {
      operation: { type: "addSet", set: "s", definition },
      want:
        "06000100 74000000 06000200 73000000 08000300 00000008" +
        "08000400 0000030d 08000500 00000008 08000a00 00000001 08000600 ffffff00",
    },
    {
      operation: { type: "addSet", set: "s", definition: { key: ["ipv4_addr"], dynamic: true } },
      want:
        "06000100 74000000 06000200 73000000 08000300 00000030" +
        "08000400 00000007 08000500 00000004 08000a00 00000001 0c000980 08000100 0000ffff",
    },
    {
      operation: {
        type: "addElements",
        set: "s",
        definition,
        elements: [["\x06\0\0\0\0\x50\0\0", "goto c"]],
      },
      want:
        "06000100 74000000 06000200 73000000" +
        "30000380 2c000180 10000180 0c000100 0600000000500000" +
        "18000280 14000280 08000100 fffffffc 06000200 63000000",
    },
    {
      operation: { type: "deleteElements", set: "s", definition, keys: ["\x06\0\0\0\0\x50\0\0"] },
      want: "06000100 74000000 06000200 73000000 18000380 14000180 10000180 0c000100 0600000000500000",
    },
    {
      operation: { type: "addRule", chain: "c", rule: { expressions: [], comment: "hi" } },
      want: "06000100 74000000 06000200 63000000 04000480 09000700 00036869 00000000",
    },
  ];
  test.each(cases)("writes $operation.type", ({ operation, want }) => {
    const { messages } = encode([operation]);
    const [, message] = messages;
    if (message === undefined) throw new TypeError("The operation has no message");
    expect(Buffer.from(nftPayload(message)).toString("hex")).toBe(want.replaceAll(" ", ""));
  });

  test("spreads many elements over messages that are not too long, and loses none", () => {
    const numbers: SetDefinition = { key: ["mark"] };
    const elements = Array.from({ length: 10_000 }, (_, index) => [markBytes(index), ""] as const);
    const { messages, carried } = encode([
      { type: "addTable" },
      { type: "addElements", set: "s", definition: numbers, elements },
    ]);
    expect(messages.length).toBeGreaterThan(4);
    expect(carried.length).toBe(messages.length);
    const keys = messages.slice(2, -1).flatMap((message) => {
      const list = new Attributes(nftPayload(message)).nested(3);
      return Array.from(list ?? [], ({ value }) => new Attributes(value).nested(1)?.byteString(1));
    });
    expect(keys).toEqual(elements.map(([key]) => key));
    expect(messages.filter(({ flags }) => (flags & FLAG_ACK) !== 0)).toHaveLength(1);
  });
});
