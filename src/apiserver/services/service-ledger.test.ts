import { describe, expect, test } from "bun:test";
import type { Service } from "#api/generated/core-v1.ts";
import type { Entry } from "#store/store.ts";
import { aDelete, anEntry, aPut } from "#testing/store-events.ts";
import { ServiceLedger } from "./service-ledger.ts";

/** Entries whose value is the list of the Service's addresses. */
function decode({ value }: Entry): Service {
  const clusterIPs = new TextDecoder().decode(value).split(" ");
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "a", uid: "a" },
    spec: { clusterIPs },
  };
}

const service = (name: string, revision: number, addresses: string): Entry =>
  anEntry(`/services/${name}`, revision, { value: addresses });

describe("ServiceLedger", () => {
  test("knows what stored Services have", () => {
    const ledger = new ServiceLedger(decode);
    ledger.load([service("a", 1, "10.0.0.1 fd00::1"), service("b", 2, "None")], 2);
    expect(["10.0.0.1", "fd00::1", "None"].map((item) => ledger.isTaken(item))).toEqual([true, true, false]);
  });

  test("follows what changes", () => {
    const ledger = new ServiceLedger(decode);
    const first = service("a", 1, "10.0.0.1");
    ledger.load([first], 1);
    const second = service("a", 2, "10.0.0.2");
    ledger.apply({ type: "put", entry: second, previous: first });
    expect(ledger.isTaken("10.0.0.1")).toBe(false);
    expect(ledger.isTaken("10.0.0.2")).toBe(true);
    ledger.apply(aDelete(second, 3));
    expect(ledger.isTaken("10.0.0.2")).toBe(false);
  });

  test("holds what a write has taken until it is given up", () => {
    const ledger = new ServiceLedger(decode);
    const mine = ledger.reserve();
    expect(mine.take("10.0.0.1")).toBe(true);
    expect(ledger.reserve().take("10.0.0.1")).toBe(false);
    mine.cancel();
    expect(ledger.reserve().take("10.0.0.1")).toBe(true);
  });

  test("holds what a write has taken until its Service has been seen", () => {
    const ledger = new ServiceLedger(decode);
    const mine = ledger.reserve();
    mine.take("10.0.0.1");
    mine.commit(5);
    ledger.apply(aPut("/services/other", 4));
    expect(ledger.isTaken("10.0.0.1")).toBe(true);
    const written = service("a", 5, "10.0.0.1");
    ledger.apply({ type: "put", entry: written, previous: undefined });
    expect(ledger.isTaken("10.0.0.1")).toBe(true);
    ledger.apply(aDelete(written, 6));
    expect(ledger.isTaken("10.0.0.1")).toBe(false);
  });

  test("does not hold what was seen before the writer knew of it", () => {
    const ledger = new ServiceLedger(decode);
    const mine = ledger.reserve();
    mine.take("10.0.0.1");
    const written = service("a", 5, "10.0.0.1");
    ledger.apply({ type: "put", entry: written, previous: undefined });
    ledger.apply(aDelete(written, 6));
    expect(ledger.isTaken("10.0.0.1")).toBe(true);
    mine.commit(5);
    expect(ledger.isTaken("10.0.0.1")).toBe(false);
  });

  test("starts over from what is stored", () => {
    const ledger = new ServiceLedger(decode);
    ledger.load([service("a", 1, "10.0.0.1")], 1);
    const mine = ledger.reserve();
    mine.take("10.0.0.3");
    ledger.load([service("b", 9, "10.0.0.2")], 9);
    expect(["10.0.0.1", "10.0.0.2", "10.0.0.3"].map((item) => ledger.isTaken(item))).toEqual([
      false,
      true,
      true,
    ]);
  });
});
