import { describe, expect, test } from "bun:test";
import type { Taint, Toleration } from "../../generated/core-v1.ts";
import { firstUntolerated, tolerates } from "./taints.ts";

describe("tolerates", () => {
  const taint: Taint = { key: "gpu", value: "a100", effect: "NoSchedule" };
  const cases: { name: string; toleration: Toleration; want: boolean }[] = [
    { name: "everything", toleration: { operator: "Exists" }, want: true },
    { name: "every value of the key", toleration: { key: "gpu", operator: "Exists" }, want: true },
    { name: "the same value", toleration: { key: "gpu", value: "a100" }, want: true },
    {
      name: "the same value and effect",
      toleration: { key: "gpu", value: "a100", effect: "NoSchedule" },
      want: true,
    },
    { name: "another value", toleration: { key: "gpu", operator: "Equal", value: "h100" }, want: false },
    { name: "no value", toleration: { key: "gpu" }, want: false },
    { name: "another key", toleration: { key: "cpu", operator: "Exists" }, want: false },
    { name: "another effect", toleration: { operator: "Exists", effect: "NoExecute" }, want: false },
    { name: "a comparison", toleration: { key: "gpu", operator: "Gt", value: "1" }, want: false },
  ];
  test.each(cases)("$name: $want", ({ toleration, want }) => {
    expect(tolerates(toleration, taint)).toBe(want);
  });

  test("a taint without a value", () => {
    expect(tolerates({ key: "gpu" }, { key: "gpu", effect: "NoSchedule" })).toBe(true);
  });
});

test("firstUntolerated", () => {
  const taints: Taint[] = [
    { key: "a", effect: "NoExecute" },
    { key: "b", effect: "NoExecute" },
  ];
  expect(firstUntolerated(taints, [{ key: "a", operator: "Exists" }])?.key).toBe("b");
  expect(firstUntolerated(taints, [{ operator: "Exists" }])).toBeUndefined();
  expect(firstUntolerated([], [])).toBeUndefined();
});
