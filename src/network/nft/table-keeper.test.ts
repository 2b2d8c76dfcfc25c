import { describe, expect, test } from "bun:test";
import { silentLogger } from "#observability/logger.ts";
import { FakeClock } from "#testing/fake-clock.ts";
import { verdict } from "./build.ts";
import { FakeNft } from "./fake-nft.ts";
import { formatTransaction } from "./format.ts";
import type { TablePart } from "./ledger.ts";
import { NftError } from "./nft-error.ts";
import type { SetDefinition } from "./ruleset.ts";
import { TableKeeper } from "./table-keeper.ts";
import { markBytes } from "./value.ts";

const table = { family: "ip", name: "t" } as const;
const numbers: SetDefinition = { key: ["mark"] };
const base: TablePart = { sets: [["numbers", numbers]] };
const partOf = (...keys: readonly number[]): TablePart => ({
  elements: keys.map((key) => ({ set: "numbers", key: markBytes(key), value: "" })),
});
const chained: TablePart = { chains: [["c", { rules: [{ expressions: [verdict("drop")] }] }]] };

function setup() {
  const nft = new FakeNft();
  const clock = new FakeClock();
  const keeper = new TableKeeper(table, { nft, clock, logger: silentLogger });
  keeper.set("base", base);
  const numbersNow = () => nft.read(table)?.sets.get("numbers")?.elements.size;
  return { nft, clock, keeper, numbersNow };
}

describe("TableKeeper", () => {
  test("writes nothing before it has adopted the table, then only what changes", () => {
    const { nft, keeper } = setup();
    keeper.set("a", partOf(1, 2));
    expect(nft.applied).toEqual([]);
    expect(keeper.adopt()).toBe(true);
    keeper.set("a", partOf(1, 3));
    keeper.commit();
    expect(formatTransaction(nft.applied.at(-1) ?? { table, operations: [] })).toBe(
      "delete element ip t numbers { 2 }\nadd element ip t numbers { 3 }",
    );
  });

  test("adopts what a previous process left without touching what is right", () => {
    const { nft, keeper } = setup();
    keeper.set("a", partOf(1));
    keeper.adopt();
    const before = nft.applied.length;
    const next = new TableKeeper(table, { nft, clock: new FakeClock(), logger: silentLogger });
    next.set("base", base);
    next.set("a", partOf(1));
    expect(next.adopt()).toBe(false);
    expect(nft.applied.slice(before).flatMap(({ operations }) => operations)).toEqual([]);
  });

  test("reads the table again when a change does not fit it", () => {
    const { nft, keeper, numbersNow } = setup();
    keeper.set("a", partOf(1));
    keeper.adopt();
    nft.tamper({ table, operations: [{ type: "deleteTable" }] });
    keeper.set("a", partOf(1, 2));
    keeper.commit();
    expect(numbersNow()).toBe(2);
  });

  test("fails when the kernel refuses, and catches up at the next commit", () => {
    const { nft, keeper, numbersNow } = setup();
    keeper.adopt();
    nft.failure = new NftError({ code: "failed", operation: undefined }, "Cannot change packet rules: EPERM");
    keeper.set("a", partOf(1));
    expect(() => keeper.commit()).toThrow("EPERM");
    expect(keeper.isInStep).toBe(false);
    nft.failure = undefined;
    keeper.commit();
    expect(keeper.isInStep).toBe(true);
    expect(numbersNow()).toBe(1);
  });

  test("repairs what others change", async () => {
    const { nft, clock, keeper, numbersNow } = setup();
    keeper.set("a", partOf(1));
    keeper.adopt();
    const stop = new AbortController();
    let repairs = 0;
    const guarding = keeper.guard(stop.signal, () => {
      repairs += 1;
    });
    nft.tamper({ table, operations: [{ type: "deleteTable" }] });
    await clock.advance(1_000);
    expect(numbersNow()).toBe(1);
    expect(repairs).toBe(1);
    stop.abort();
    await guarding;
  });

  test("keeps trying to repair while the kernel refuses", async () => {
    const { nft, clock, keeper, numbersNow } = setup();
    keeper.set("a", partOf(1));
    keeper.adopt();
    const stop = new AbortController();
    const guarding = keeper.guard(stop.signal);
    nft.tamper({ table, operations: [{ type: "deleteTable" }] });
    nft.failure = new NftError(
      { code: "failed", operation: undefined },
      "Cannot change packet rules: ENOMEM",
    );
    await clock.advance(12_000);
    expect(numbersNow()).toBeUndefined();
    nft.failure = undefined;
    await clock.advance(6_000);
    expect(numbersNow()).toBe(1);
    stop.abort();
    await guarding;
  });

  test("deletes an unused chain a second after it was emptied", async () => {
    const { nft, clock, keeper } = setup();
    keeper.set("a", chained);
    keeper.adopt();
    keeper.set("a", undefined);
    keeper.commit();
    expect(nft.read(table)?.chains.get("c")?.rules).toEqual([]);
    await clock.advance(1_000);
    expect(nft.read(table)?.chains.has("c")).toBe(false);
    expect(clock.pending).toBe(0);
  });

  test("keeps a chain that is wanted again in time", async () => {
    const { nft, clock, keeper } = setup();
    keeper.set("a", chained);
    keeper.adopt();
    keeper.set("a", undefined);
    keeper.commit();
    keeper.set("b", chained);
    keeper.commit();
    await clock.advance(2_000);
    expect(nft.read(table)?.chains.get("c")?.rules).toHaveLength(1);
  });

  test("removes the table, and succeeds when there is none", () => {
    const { nft, keeper } = setup();
    keeper.adopt();
    keeper.remove();
    keeper.remove();
    expect(nft.read(table)).toBeUndefined();
  });
});
