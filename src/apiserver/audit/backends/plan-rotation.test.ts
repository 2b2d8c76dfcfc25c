import { expect, test } from "bun:test";
import { backupName, planRotation } from "./plan-rotation.ts";

const NOW = Date.UTC(2026, 10, 29, 22, 10);
const DAY_MS = 86_400_000;

test("a full file is called after the time, in front of its ending", () => {
  expect(backupName("/var/log/audit.log", NOW)).toBe("audit-2026-11-29T22-10-00.000.log");
  expect(backupName("/var/log/audit", NOW)).toBe("audit-2026-11-29T22-10-00.000");
});

const names = [
  "audit-2026-11-27T22-10-00.000.log",
  "audit.log",
  "audit-2026-11-29T22-10-00.000.log",
  "audit-2026-11-28T22-09-59.999.log",
  "audit-notes.log",
  "audit-2026-11-01T00-00-00.000.txt",
  "audit-2026-11-28T22-09-59.999.log.gz",
];
const cases: readonly { name: string; maxBackups: number; maxAgeMs: number; removes: readonly number[] }[] = [
  { name: "no limit", maxBackups: 0, maxAgeMs: 0, removes: [] },
  { name: "a number of them", maxBackups: 1, maxAgeMs: 0, removes: [0, 3, 6] },
  { name: "an age", maxBackups: 0, maxAgeMs: DAY_MS, removes: [0, 3, 6] },
  { name: "both", maxBackups: 2, maxAgeMs: 2 * DAY_MS, removes: [0] },
];

test.each(cases)("older files within $name are kept, and files of others are", ({ removes, ...limits }) => {
  const { remove } = planRotation(names, { path: "/var/log/audit.log", now: NOW, ...limits });
  expect(remove).toEqual(removes.map((index) => names[index] ?? ""));
});

test("older files that are kept and have not been compressed are still to be", () => {
  const limits = { maxBackups: 2, maxAgeMs: 0 };
  const { compress } = planRotation(names, { path: "/var/log/audit.log", now: NOW, ...limits });
  expect(compress).toEqual([2, 3].map((index) => names[index] ?? ""));
});
