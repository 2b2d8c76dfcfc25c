import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { KernelNft } from "#network/netlink/nftables/kernel-nft.ts";
import type { Expression } from "#network/nft/expression.ts";
import type { BaseHook, SetDefinition } from "#network/nft/ruleset.ts";
import { markBytes } from "#network/nft/value.ts";
import { describeNftBackend } from "../contract/network-nft.ts";
import { TestNamespace } from "./network-lab.ts";

describeNftBackend("kernel", () => {
  const namespace = new TestNamespace("nft");
  const nft = new KernelNft({ namespace: namespace.path });
  const other = new KernelNft({ namespace: namespace.path });
  return {
    nft,
    tamper: (transaction) => other.apply(transaction),
    [Symbol.dispose]: () => {
      nft[Symbol.dispose]();
      other[Symbol.dispose]();
      namespace[Symbol.dispose]();
    },
  };
});

describe("KernelNft", () => {
  const table = { family: "ip", name: "t" } as const;
  let namespace: TestNamespace;
  let nft: KernelNft;

  beforeEach(() => {
    namespace = new TestNamespace("nft");
    nft = new KernelNft({ namespace: namespace.path });
  });

  afterEach(() => {
    nft[Symbol.dispose]();
    namespace[Symbol.dispose]();
  });

  const pairs: SetDefinition = { key: ["ipv4_addr", "inet_service"], value: ["ipv4_addr", "inet_service"] };
  const clients: SetDefinition = { key: ["ipv4_addr"], dynamic: true };

  const load = {
    source: { type: "payload", base: "network", offset: 12, length: 4, into: 0 },
    port: { type: "payload", base: "transport", offset: 2, length: 2, into: 1 },
    mark: { type: "meta", key: "mark", into: 0 },
  } as const;

  const cases: readonly { readonly hook: BaseHook; readonly expressions: readonly Expression[] }[] = [
    {
      hook: { type: "filter", hook: "prerouting", priority: -300 },
      expressions: [
        load.mark,
        { type: "cmp", register: 0, operator: ">=", value: markBytes(7) },
        { type: "notrack" },
      ],
    },
    {
      hook: { type: "filter", hook: "forward", priority: 0 },
      expressions: [
        { type: "meta", key: "iifname", into: 0 },
        { type: "cmp", register: 0, operator: "!=", value: "eth0".padEnd(16, "\0") },
        { type: "counter" },
        { type: "immediate", into: 4, value: markBytes(1) },
        { type: "metaSet", key: "mark", from: 4 },
        { type: "ctSet", key: "mark", from: 4 },
        { type: "verdict", verdict: "accept" },
      ],
    },
    {
      hook: { type: "filter", hook: "input", priority: 0 },
      expressions: [
        load.source,
        { type: "lookup", set: "clients", key: 0, inverted: true },
        { type: "dynset", operation: "add", set: "clients", key: 0, timeoutMs: 60_000 },
        { type: "reject", with: "icmp unreachable", code: 3 },
      ],
    },
    {
      hook: { type: "nat", hook: "prerouting", priority: -100 },
      expressions: [
        load.source,
        load.port,
        { type: "lookup", set: "pairs", key: 0, into: 8 },
        { type: "nat", kind: "dnat", family: "ip", address: 8, port: 9, flags: ["persistent"] },
      ],
    },
    {
      hook: { type: "nat", hook: "output", priority: -100 },
      expressions: [load.port, { type: "redirect", port: 1 }],
    },
    {
      hook: { type: "nat", hook: "postrouting", priority: 100 },
      expressions: [
        { type: "ct", key: "ip daddr", direction: "original", into: 0 },
        { type: "bitwise", from: 0, into: 4, length: 4, mask: "\xff\xff\0\0", xor: "\0\0\0\0" },
        { type: "cmp", register: 4, operator: "==", value: "\x0a\x2b\0\0" },
        { type: "fib", result: "type", address: "saddr", into: 0 },
        { type: "numgen", mode: "incremental", modulus: 4, offset: 2, into: 0 },
        { type: "masquerade", flags: ["random", "fully-random"] },
      ],
    },
  ];

  test.each(cases.map((each) => ({ ...each, name: `${each.hook.type} ${each.hook.hook}` })))(
    "takes and gives back the vocabulary in $name",
    ({ hook, expressions }) => {
      const rules = [{ expressions, comment: "a comment with spaces, 100 %" }];
      nft.apply({
        table,
        operations: [
          { type: "addTable" },
          { type: "addSet", set: "pairs", definition: pairs },
          { type: "addSet", set: "clients", definition: clients },
          { type: "addChain", chain: "c", hook },
          ...rules.map((rule) => ({ type: "addRule" as const, chain: "c", rule })),
        ],
      });
      expect(nft.read(table)?.chains.get("c")).toEqual({ hook, rules });
      expect(namespace.run("nft", "list", "ruleset")).toContain("a comment with spaces");
    },
  );

  test("shows rules of others that it has no words for, and that they differ", () => {
    namespace.run(
      "nft",
      "add table ip t; add chain ip t c; add rule ip t c limit rate 1/second tcp dport { 80, 443 } drop",
    );
    const ruleset = nft.read(table);
    expect(ruleset?.chains.get("c")?.rules[0]?.expressions[0]).toMatchObject({
      type: "unknown",
      name: "limit",
    });
    // The set inside the rule lives and dies with it.
    expect(ruleset?.sets.size).toBe(0);
  });

  test("reads tables of others with types that it does not know as different from any of ours", () => {
    namespace.run("nft", "add table ip t; add set ip t s { type ether_addr; flags timeout; }");
    expect(nft.read(table)?.sets.get("s")?.definition).toEqual({ key: [] });
  });

  test("names the operation that the kernel refused", () => {
    const apply = (): void =>
      nft.apply({ table, operations: [{ type: "addTable" }, { type: "deleteChain", chain: "nothing" }] });
    expect(apply).toThrow('Cannot change packet rules: ENOENT in deleteChain "nothing"');
  });

  test("does not wake for its own change, however large it is", async () => {
    const stop = new AbortController();
    const numbers: SetDefinition = { key: ["mark"] };
    const first = nft.watch(table, stop.signal)[Symbol.asyncIterator]().next();
    const elements = Array.from({ length: 50_000 }, (_, index) => [markBytes(index), ""] as const);
    nft.apply({
      table,
      operations: [
        { type: "addTable" },
        { type: "addSet", set: "s", definition: numbers },
        { type: "addElements", set: "s", definition: numbers, elements },
      ],
    });
    expect(await Promise.race([first, Bun.sleep(500).then(() => "nothing")])).toBe("nothing");
    expect(nft.read(table)?.sets.get("s")?.elements.size).toBe(50_000);
    namespace.run("nft", "delete", "table", "ip", "t");
    expect(await first).toMatchObject({ done: false });
    stop.abort();
  });
});
