import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { verdict } from "./build.ts";
import { diffRulesets } from "./diff.ts";
import { FakeNft } from "./fake-nft.ts";
import { formatTransaction } from "./format.ts";
import { TableLedger, type TablePart } from "./ledger.ts";
import type { Chain, SetDefinition } from "./ruleset.ts";
import { markBytes } from "./value.ts";

const table = { family: "ip", name: "t" } as const;
const numbers: SetDefinition = { key: ["mark"], value: ["mark"] };
const targets: SetDefinition = { key: ["mark"], value: "verdict" };
const chain = (...verdicts: readonly string[]): Chain => ({
  rules: verdicts.map((text) => ({ expressions: [verdict(text as "drop")] })),
});

const base: TablePart = {
  sets: [
    ["numbers", numbers],
    ["targets", targets],
  ],
};

describe("TableLedger", () => {
  test("takes what has changed since the last time", () => {
    const ledger = new TableLedger(table);
    ledger.set("base", base);
    ledger.take();
    ledger.set("a", {
      chains: [["c", chain("drop")]],
      elements: [
        { set: "numbers", key: markBytes(1), value: markBytes(2) },
        { set: "targets", key: markBytes(1), value: "goto c" },
      ],
    });
    expect(formatTransaction(ledger.take(), ledger.ruleset())).toMatchInlineSnapshot(`
      "add chain ip t c
      add rule ip t c drop
      add element ip t numbers { 1 : 2 }
      add element ip t targets { 1 : goto c }"
    `);
    ledger.set("a", {
      chains: [["c", chain("drop")]],
      elements: [{ set: "numbers", key: markBytes(1), value: markBytes(3) }],
    });
    expect(formatTransaction(ledger.take(), ledger.ruleset())).toMatchInlineSnapshot(`
      "delete element ip t numbers { 1 }
      delete element ip t targets { 1 }
      add element ip t numbers { 1 : 3 }"
    `);
    ledger.set("a", { chains: [["c", chain("accept", "drop")]] });
    expect(formatTransaction(ledger.take(), ledger.ruleset())).toMatchInlineSnapshot(`
      "delete element ip t numbers { 1 }
      flush chain ip t c
      add rule ip t c accept
      add rule ip t c drop"
    `);
    ledger.set("a", undefined);
    expect(formatTransaction(ledger.take(), ledger.ruleset())).toMatchInlineSnapshot(`"flush chain ip t c"`);
  });

  const key = fc.integer({ min: 0, max: 3 });
  const part: fc.Arbitrary<TablePart | undefined> = fc.option(
    fc.record({
      sets: fc.subarray([["dynamic", { key: ["ipv4_addr"], dynamic: true }] as const]),
      chains: fc.subarray([["x", chain("drop")] as const, ["y", chain("accept", "drop")] as const]),
      elements: fc.uniqueArray(
        fc.record({ set: fc.constant("numbers"), key: key.map(markBytes), value: key.map(markBytes) }),
        { selector: (element) => element.key },
      ),
    }),
    { nil: undefined },
  );
  const steps = fc.array(fc.record({ owner: fc.constantFrom("a", "b", "c"), part }), { maxLength: 12 });

  test("its transactions bring a table to what it describes, whatever the order of changes", () => {
    fc.assert(
      fc.property(steps, (changes) => {
        const nft = new FakeNft();
        const ledger = new TableLedger(table);
        ledger.set("base", base);
        nft.apply(diffRulesets(undefined, ledger.ruleset()));
        ledger.take();
        for (const change of changes) {
          ledger.set(change.owner, change.part);
          nft.apply(ledger.take());
        }
        const actual = nft.read(table);
        const wanted = ledger.ruleset();
        expect(actual?.sets).toEqual(wanted.sets);
        // Chains that nobody wants any more are empty and wait to be deleted.
        const used = [...(actual?.chains ?? [])].filter(
          ([name, { rules }]) => wanted.chains.has(name) || rules.length > 0,
        );
        expect(new Map(used)).toEqual(new Map(wanted.chains));
      }),
    );
  });
});

describe("diffRulesets", () => {
  const ruleset = (parts: readonly TablePart[]) => {
    const ledger = new TableLedger(table);
    for (const [index, part] of [base, ...parts].entries()) ledger.set(String(index), part);
    return ledger.ruleset();
  };
  const one: TablePart = {
    chains: [["c", chain("drop")]],
    elements: [{ set: "targets", key: markBytes(1), value: "goto c" }],
  };

  test("is empty between equal rulesets", () => {
    expect(diffRulesets(ruleset([one]), ruleset([one])).operations).toEqual([]);
  });

  test("builds a table that is not there", () => {
    expect(formatTransaction(diffRulesets(undefined, ruleset([one])))).toMatchInlineSnapshot(`
      "add table ip t
      add map ip t numbers { type mark : mark; }
      add map ip t targets { type mark : verdict; }
      add chain ip t c
      add rule ip t c drop
      add element ip t targets { 1 : goto c }"
    `);
  });

  test("empties what is foreign", () => {
    expect(formatTransaction(diffRulesets(ruleset([one]), ruleset([])))).toMatchInlineSnapshot(`
      "delete element ip t targets { 1 }
      flush chain ip t c"
    `);
  });

  test("rebuilds the table when a set has another type", () => {
    const other = ruleset([]);
    const foreign = new Map([
      ...other.sets,
      ["numbers", { definition: targets, elements: new Map() }] as const,
    ]);
    const [first, second] = diffRulesets({ ...other, sets: foreign }, other).operations;
    expect([first?.type, second?.type]).toEqual(["deleteTable", "addTable"]);
  });
});
