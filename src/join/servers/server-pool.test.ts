import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { FakeClock } from "#testing/fake-clock.ts";
import { seededRandom } from "#testing/seeded-random.ts";
import { ServerPool } from "./server-pool.ts";

/** Keeps lists in the order in which they are given. */
function inOrder(): () => number {
  let last = 0;
  return () => {
    last += 1e-6;
    return last;
  };
}

function aPool(fallbacks: readonly string[], servers: readonly string[] = fallbacks) {
  const clock = new FakeClock();
  const pool = new ServerPool(fallbacks, { clock, random: inOrder() });
  pool.setServers(servers);
  return { pool, clock };
}

const order = (pool: ServerPool): string => pool.candidates().join(" ");

describe("ServerPool", () => {
  test("stays with a server that works", () => {
    const { pool } = aPool(["a:1", "b:1", "c:1"]);
    pool.succeeded("b:1");
    expect(order(pool)).toBe("b:1 a:1 c:1");
  });

  test("goes to another when it fails, and stays there", async () => {
    const { pool, clock } = aPool(["a:1", "b:1", "c:1"]);
    pool.succeeded("a:1");
    pool.failed("a:1");
    expect(order(pool)).toBe("b:1 c:1 a:1");
    pool.succeeded("b:1");
    await clock.advance(60_000);
    expect(order(pool)).toBe("b:1 a:1 c:1");
  });

  test("tries what has failed last, until its time is over", async () => {
    const { pool, clock } = aPool(["a:1", "b:1"]);
    pool.failed("a:1");
    expect(order(pool)).toBe("b:1 a:1");
    await clock.advance(1300);
    expect(order(pool)).toBe("a:1 b:1");
    pool.failed("a:1");
    await clock.advance(1300);
    expect(order(pool)).toBe("b:1 a:1");
  });

  test("passes over a server that is known not to answer", () => {
    const { pool } = aPool(["a:1", "b:1"]);
    pool.succeeded("a:1");
    pool.setHealth("a:1", false);
    expect([order(pool), pool.isWorseThanOthers("a:1")]).toEqual(["b:1 a:1", true]);
    pool.setHealth("b:1", false);
    expect([order(pool), pool.isWorseThanOthers("a:1")]).toEqual(["a:1 b:1", false]);
    pool.setHealth("a:1", true);
    expect(pool.isWorseThanOthers("a:1")).toBe(false);
  });

  test("tries servers that the operator has named when the list has none that works", () => {
    const { pool } = aPool(["named:1"], ["a:1", "b:1"]);
    expect(order(pool)).toBe("a:1 b:1 named:1");
    pool.failed("a:1");
    pool.failed("b:1");
    pool.succeeded("named:1");
    expect(order(pool)).toBe("a:1 b:1 named:1");
  });

  test("tells which servers have left, and forgets them", () => {
    const { pool } = aPool(["a:1"], ["a:1", "b:1"]);
    pool.succeeded("b:1");
    expect(pool.setServers(["c:1", "a:1"])).toEqual(["b:1"]);
    expect([order(pool), pool.listed.join(" ")]).toEqual(["a:1 c:1", "a:1 c:1"]);
  });

  test("takes no empty list", () => {
    const { pool } = aPool(["a:1"], ["b:1"]);
    expect(pool.setServers([])).toEqual([]);
    expect(pool.listed).toEqual(["b:1"]);
  });

  test("spreads agents over the servers", () => {
    const random = seededRandom(3);
    const clock = new FakeClock();
    const first = Array.from({ length: 60 }, () => {
      const pool = new ServerPool(["named:1"], { clock, random });
      pool.setServers(["a:1", "b:1", "c:1"]);
      return pool.candidates()[0];
    });
    expect(new Set(first)).toEqual(new Set(["a:1", "b:1", "c:1"]));
  });

  test("always offers everything that it knows once, and a server that works before one that does not", () => {
    const address = fc.constantFrom("a:1", "b:1", "c:1", "d:1");
    const change = fc.oneof(
      fc.record({ set: fc.uniqueArray(address, { minLength: 1 }) }),
      fc.record({ failed: address }),
      fc.record({ succeeded: address }),
      fc.record({ health: address, isHealthy: fc.boolean() }),
    );
    const law = fc.property(fc.array(change, { maxLength: 30 }), (changes) => {
      const { pool } = aPool(["d:1"], ["a:1", "b:1"]);
      for (const each of changes) {
        if ("set" in each) pool.setServers(each.set);
        else if ("failed" in each) pool.failed(each.failed);
        else if ("succeeded" in each) pool.succeeded(each.succeeded);
        else pool.setHealth(each.health, each.isHealthy);
      }
      const known = new Set([...pool.listed, "d:1"]);
      expect(new Set(pool.candidates())).toEqual(known);
      expect(pool.candidates()).toHaveLength(known.size);
      const [best = ""] = pool.candidates();
      expect(pool.listed).toContain(best);
      pool.succeeded(best);
      pool.setHealth(best, true);
      expect(pool.candidates()[0]).toBe(best);
    });
    fc.assert(law);
  });
});
