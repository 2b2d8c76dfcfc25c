import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { IPV4, IPV6 } from "#network/nft/address-family.ts";
import { verdict } from "#network/nft/build.ts";
import { diffRulesets } from "#network/nft/diff.ts";
import type { NftBackend } from "#network/nft/nft-backend.ts";
import { isStale } from "#network/nft/nft-error.ts";
import type { SetDefinition } from "#network/nft/ruleset.ts";
import type { NftOperation, NftTransaction } from "#network/nft/transaction.ts";
import { markBytes } from "#network/nft/value.ts";
import { planServices } from "#network/proxy/plan-services.ts";
import { anEndpoint, anEndpointSlice, aService } from "#testing/service-objects.ts";

export interface NftUnderTest extends Disposable {
  readonly nft: NftBackend;
  /** Changes rules as another program would. */
  tamper(transaction: NftTransaction): void;
}

const table = { family: "ip", name: "t" } as const;
const numbers: SetDefinition = { key: ["mark"], value: ["mark"] };
const targets: SetDefinition = { key: ["mark"], value: "verdict" };
const chainRule = { expressions: [verdict("drop")] };

const start: readonly NftOperation[] = [
  { type: "addTable" },
  { type: "addSet", set: "numbers", definition: numbers },
  { type: "addSet", set: "targets", definition: targets },
  { type: "addChain", chain: "c" },
  { type: "addRule", chain: "c", rule: chainRule },
  { type: "addElements", set: "numbers", definition: numbers, elements: [[markBytes(1), markBytes(10)]] },
  { type: "addElements", set: "targets", definition: targets, elements: [[markBytes(1), "goto c"]] },
];

/** What every `NftBackend` does, be it the kernel or a fake. */
export function describeNftBackend(name: string, open: () => NftUnderTest): void {
  describe(`NftBackend: ${name}`, () => {
    let under: NftUnderTest;

    beforeEach(() => {
      under = open();
    });

    afterEach(() => {
      under[Symbol.dispose]();
    });

    const apply = (...operations: readonly NftOperation[]): void => under.nft.apply({ table, operations });
    const elements = (set: string) => under.nft.read(table)?.sets.get(set)?.elements;

    test("has no table at first", () => {
      expect(under.nft.read(table)).toBeUndefined();
    });

    test("does nothing for an empty transaction", () => {
      apply();
      expect(under.nft.read(table)).toBeUndefined();
    });

    test("reads back what was applied", () => {
      apply(...start);
      expect(under.nft.read(table)).toEqual({
        table,
        sets: new Map([
          ["numbers", { definition: numbers, elements: new Map([[markBytes(1), markBytes(10)]]) }],
          ["targets", { definition: targets, elements: new Map([[markBytes(1), "goto c"]]) }],
        ]),
        chains: new Map([["c", { rules: [chainRule] }]]),
      });
    });

    test("keeps tables of one name apart by their family", () => {
      apply(...start);
      expect(under.nft.read({ family: "ip6", name: "t" })).toBeUndefined();
      expect(under.nft.read({ family: "inet", name: "t" })).toBeUndefined();
    });

    test("changes the value of an element in one transaction", () => {
      apply(...start);
      apply(
        { type: "deleteElements", set: "numbers", definition: numbers, keys: [markBytes(1)] },
        {
          type: "addElements",
          set: "numbers",
          definition: numbers,
          elements: [[markBytes(1), markBytes(11)]],
        },
      );
      expect(elements("numbers")).toEqual(new Map([[markBytes(1), markBytes(11)]]));
    });

    test("adds what is there already without complaint", () => {
      apply(...start);
      apply(
        { type: "addTable" },
        { type: "addChain", chain: "c" },
        {
          type: "addElements",
          set: "numbers",
          definition: numbers,
          elements: [[markBytes(1), markBytes(10)]],
        },
      );
      expect(elements("numbers")?.size).toBe(1);
    });

    test("replaces the rules of a chain", () => {
      apply(...start);
      const rule = { expressions: [verdict("accept")], comment: "let it pass" };
      apply({ type: "flushChain", chain: "c" }, { type: "addRule", chain: "c", rule });
      expect(under.nft.read(table)?.chains.get("c")?.rules).toEqual([rule]);
    });

    test("makes a table anew", () => {
      apply(...start);
      apply({ type: "deleteTable" }, { type: "addTable" });
      expect(under.nft.read(table)).toEqual({ table, sets: new Map(), chains: new Map() });
    });

    const stale: readonly { readonly name: string; readonly operation: NftOperation }[] = [
      { name: "a set that exists", operation: { type: "addSet", set: "numbers", definition: numbers } },
      { name: "deletion of a set that does not exist", operation: { type: "deleteSet", set: "nothing" } },
      {
        name: "deletion of a chain that does not exist",
        operation: { type: "deleteChain", chain: "nothing" },
      },
      { name: "deletion of a chain that is used", operation: { type: "deleteChain", chain: "c" } },
      {
        name: "a rule for a chain that does not exist",
        operation: { type: "addRule", chain: "nothing", rule: chainRule },
      },
      {
        name: "a jump to a chain that does not exist",
        operation: { type: "addRule", chain: "c", rule: { expressions: [verdict("jump nothing")] } },
      },
      {
        name: "a look-up in a set that does not exist",
        operation: {
          type: "addRule",
          chain: "c",
          rule: {
            expressions: [
              { type: "meta", key: "mark", into: 0 },
              { type: "lookup", set: "nothing", key: 0 },
            ],
          },
        },
      },
      {
        name: "an element with another value",
        operation: {
          type: "addElements",
          set: "numbers",
          definition: numbers,
          elements: [[markBytes(1), markBytes(2)]],
        },
      },
      {
        name: "a verdict that leads nowhere",
        operation: {
          type: "addElements",
          set: "targets",
          definition: targets,
          elements: [[markBytes(2), "goto nothing"]],
        },
      },
      {
        name: "deletion of an element that does not exist",
        operation: { type: "deleteElements", set: "numbers", definition: numbers, keys: [markBytes(7)] },
      },
    ];
    test.each(stale)("refuses $name as stale and changes nothing", ({ operation }) => {
      apply(...start);
      const before = under.nft.read(table);
      let error: unknown;
      try {
        apply(
          {
            type: "addElements",
            set: "numbers",
            definition: numbers,
            elements: [[markBytes(5), markBytes(5)]],
          },
          operation,
          { type: "addChain", chain: "after" },
        );
      } catch (thrown) {
        error = thrown;
      }
      expect(isStale(error)).toBe(true);
      expect(under.nft.read(table)).toEqual(before);
    });

    test("refuses to change a table that does not exist as stale", () => {
      expect(() => apply({ type: "addChain", chain: "c" })).toThrow();
      expect(() => apply({ type: "deleteTable" })).toThrow();
    });

    test("carries every rule that the service proxy makes", () => {
      const services = [
        aService("web", "10.43.0.1", {
          clusterIPs: ["10.43.0.1", "fd43::1"],
          type: "LoadBalancer",
          externalIPs: ["5.5.5.5", "2001:db8::5"],
          ports: [{ nodePort: 30080 }],
          externalTrafficPolicy: "Local",
        }),
        aService("sticky", "10.43.0.2", {
          clusterIPs: ["10.43.0.2", "fd43::2"],
          sessionAffinity: "ClientIP",
        }),
        aService("empty", "10.43.0.3", {
          clusterIPs: ["10.43.0.3", "fd43::3"],
          ports: [{ protocol: "SCTP" }],
        }),
      ];
      for (const [family, addressType, ips] of [
        [IPV4, "IPv4", ["10.42.0.5", "10.42.1.5"]],
        [IPV6, "IPv6", ["fd42::5", "fd42:1::5"]],
      ] as const) {
        const endpoints = ips.map((ip, index) => anEndpoint(ip, { node: `n${String(index + 1)}` }));
        const slices = ["web", "sticky"].map((service) =>
          anEndpointSlice(service, endpoints, { addressType }),
        );
        const [clusterCIDRs, serviceCIDRs] =
          family === IPV4 ? [["10.42.0.0/16"], ["10.43.0.0/16"]] : [["fd42::/16"], ["fd43::/112"]];
        const ruleset = planServices(services, slices, { name: "n1", family, clusterCIDRs, serviceCIDRs });
        under.nft.apply(diffRulesets(undefined, ruleset));
        const actual = under.nft.read(ruleset.table);
        expect(actual, family.name).toEqual({
          table: ruleset.table,
          sets: new Map(ruleset.sets),
          chains: new Map(ruleset.chains),
        });
        expect(diffRulesets(actual, ruleset).operations, family.name).toEqual([]);
      }
    });

    test("tells of what others change, and not of its own changes", async () => {
      apply(...start);
      const stop = new AbortController();
      const watch = under.nft.watch(table, stop.signal)[Symbol.asyncIterator]();
      apply({ type: "addChain", chain: "own" });
      const first = watch.next();
      under.tamper({ table: { family: "ip", name: "other" }, operations: [{ type: "addTable" }] });
      expect(await Promise.race([first, Bun.sleep(50).then(() => "nothing")])).toBe("nothing");
      under.tamper({ table, operations: [{ type: "addChain", chain: "foreign" }] });
      expect(await first).toMatchObject({ done: false });
      const second = watch.next();
      under.tamper({ table, operations: [{ type: "deleteTable" }] });
      expect(await second).toMatchObject({ done: false });
      stop.abort();
      expect(await watch.next()).toMatchObject({ done: true });
    });
  });
}
