import { describe, expect, test } from "bun:test";
import { anEntry, aPut } from "#testing/store-events.ts";
import { revisionOf } from "../store-event.ts";
import { RecentHistory, type RecentHistoryLimits } from "./recent-history.ts";

const UNLIMITED = { maxEvents: Infinity, maxBytes: Infinity };

function historyOf(revisions: readonly number[], limits: Partial<RecentHistoryLimits> = {}): RecentHistory {
  const history = new RecentHistory(10, { ...UNLIMITED, ...limits });
  for (const revision of revisions) {
    history.append(aPut("/a", revision, anEntry("/a", revision - 1, { value: "x".repeat(100) })));
  }
  return history;
}

function after(history: RecentHistory, revision: number): number[] {
  return history.after(revision).map(revisionOf);
}

describe("RecentHistory", () => {
  test("returns the events after a revision, also where revisions were skipped", () => {
    const history = historyOf([11, 12, 20, 21]);
    expect(after(history, 10)).toEqual([11, 12, 20, 21]);
    expect(after(history, 12)).toEqual([20, 21]);
    expect(after(history, 15)).toEqual([20, 21]);
    expect(after(history, 21)).toEqual([]);
  });

  test.each([
    { name: "number", limits: { maxEvents: 2 } },
    { name: "size", limits: { maxBytes: 250 } },
  ])("trims to the limit of $name", ({ limits }) => {
    const history = historyOf([11, 12, 13, 14], limits);
    history.trim(14);
    expect(history.start).toBe(12);
    expect(after(history, 12)).toEqual([13, 14]);
  });

  test("keeps what is not in the log, whatever the limit", () => {
    const history = historyOf([11, 12, 13, 14], { maxEvents: 0 });
    history.trim(12);
    expect(history.start).toBe(12);
    expect(after(history, 12)).toEqual([13, 14]);
    history.trim(14);
    expect(history.start).toBe(14);
  });

  test("forgets up to a revision", () => {
    const history = historyOf([11, 12, 20]);
    history.forget(15);
    expect(history.start).toBe(15);
    expect(after(history, 15)).toEqual([20]);
    history.forget(3);
    expect(history.start).toBe(15);
  });

  test("goes on after everything was forgotten", () => {
    const history = historyOf([11, 12]);
    history.forget(12);
    history.append(aPut("/b", 13));
    expect(after(history, 12)).toEqual([13]);
  });
});
