import { describe, expect, test } from "bun:test";
import type { ObjectMeta } from "#apimachinery/generated/meta-v1.ts";
import type { DeleteOptions } from "#apimachinery/request.ts";
import { checkPreconditions, type DeletionPlan, planDeletion } from "./plan-deletion.ts";

const NOW = Date.parse("2026-01-01T00:01:00Z");
const GRACEFUL = { gracePeriodSeconds: (_object: unknown, requested?: number) => requested ?? 30 };

function anObject(metadata: Partial<ObjectMeta> = {}) {
  return { apiVersion: "v1", kind: "Thing", metadata: { name: "a", uid: "u", ...metadata } };
}

/** `mark until 00:01:30 (30 s) with f, generation 2` */
function describePlan(plan: DeletionPlan): string {
  if (plan.type !== "mark") return plan.type;
  const { deletionTimestamp, deletionGracePeriodSeconds, finalizers = [], generation } = plan.object.metadata;
  const until = `${plan.thenRemove ? "mark and remove" : "mark"} at ${deletionTimestamp?.slice(11, 19) ?? "?"}`;
  const seconds = ` (${String(deletionGracePeriodSeconds)} s)`;
  const rest = [
    ...(finalizers.length > 0 ? [` with ${finalizers.join(" ")}`] : []),
    ...(generation === undefined ? [] : [`, generation ${String(generation)}`]),
  ];
  return until + seconds + rest.join("");
}

describe("an object that can go at once", () => {
  test.each<[string, Partial<ObjectMeta>, DeleteOptions, string]>([
    ["goes", {}, {}, "remove"],
    [
      "waits for finalizers",
      { finalizers: ["f"], generation: 1 },
      {},
      "mark at 00:01:00 (0 s) with f, generation 2",
    ],
    [
      "waits for its dependents",
      {},
      { propagationPolicy: "Foreground" },
      "mark at 00:01:00 (0 s) with foregroundDeletion",
    ],
    [
      "waits for its dependents to be let go",
      { finalizers: ["f"] },
      { propagationPolicy: "Orphan" },
      "mark at 00:01:00 (0 s) with f orphan",
    ],
    [
      "changes its mind about dependents",
      { finalizers: ["orphan"] },
      { propagationPolicy: "Foreground" },
      "mark at 00:01:00 (0 s) with foregroundDeletion",
    ],
    [
      "no longer waits for its dependents",
      { finalizers: ["foregroundDeletion"] },
      { propagationPolicy: "Background" },
      "remove",
    ],
    [
      "keeps the finalizer that is there",
      { finalizers: ["orphan"] },
      {},
      "mark at 00:01:00 (0 s) with orphan",
    ],
    [
      "keeps the time when it began to go",
      { finalizers: ["f"], deletionTimestamp: "2026-01-01T00:00:30Z", generation: 2 },
      {},
      "mark at 00:00:30 (0 s) with f, generation 2",
    ],
  ])("%s", (_what, metadata, options, expected) => {
    expect(describePlan(planDeletion(anObject(metadata), {}, options, NOW))).toBe(expected);
  });

  test("deals with dependents as its kind does by default", () => {
    const orphaning = { defaultPropagation: "Orphan" } as const;
    expect(describePlan(planDeletion(anObject(), orphaning, {}, NOW))).toBe(
      "mark at 00:01:00 (0 s) with orphan",
    );
    const foreground = anObject({ finalizers: ["foregroundDeletion"] });
    expect(describePlan(planDeletion(foreground, orphaning, {}, NOW))).toBe(
      "mark at 00:01:00 (0 s) with foregroundDeletion",
    );
  });
});

describe("the finalizers of the garbage collector", () => {
  const POLICIES: Readonly<Record<string, DeleteOptions>> = {
    foreground: { propagationPolicy: "Foreground" },
    background: { propagationPolicy: "Background" },
    orphan: { propagationPolicy: "Orphan" },
    "legacy orphan": { orphanDependents: true },
    "legacy no orphan": { orphanDependents: false },
    none: {},
  };

  /** What is there, and for each of the policies what is left of it; `-` for an object that goes at once. */
  const rows: readonly [
    present: string,
    byDefault: "Orphan" | "Unsupported" | undefined,
    ...left: string[],
  ][] = [
    ["", undefined, "foregroundDeletion", "-", "orphan", "orphan", "-", "-"],
    ["", "Orphan", "foregroundDeletion", "-", "orphan", "orphan", "-", "orphan"],
    ["", "Unsupported", "-", "-", "-", "-", "-", "-"],
    ["orphan", undefined, "foregroundDeletion", "-", "orphan", "orphan", "-", "orphan"],
    ["orphan", "Orphan", "foregroundDeletion", "-", "orphan", "orphan", "-", "orphan"],
    ["orphan", "Unsupported", "-", "-", "-", "-", "-", "-"],
    [
      "foregroundDeletion",
      "Orphan",
      "foregroundDeletion",
      "-",
      "orphan",
      "orphan",
      "-",
      "foregroundDeletion",
    ],
    [
      "x orphan y",
      undefined,
      "x y foregroundDeletion",
      "x y",
      "x orphan y",
      "x orphan y",
      "x y",
      "x orphan y",
    ],
    ["x y", "Orphan", "x y foregroundDeletion", "x y", "x y orphan", "x y orphan", "x y", "x y orphan"],
    ["x orphan", "Unsupported", "x", "x", "x", "x", "x", "x"],
  ];
  const cases = rows.flatMap(([present, defaultPropagation, ...left]) =>
    Object.entries(POLICIES).map(([policy, options], index) => ({
      name: `"${present}" with the policy ${policy}, by default ${defaultPropagation ?? "Background"}`,
      finalizers: present === "" ? [] : present.split(" "),
      kind: { ...(defaultPropagation && { defaultPropagation }) },
      options,
      want: left[index] ?? "",
    })),
  );

  test.each(cases)("$name", ({ finalizers, kind, options, want }) => {
    const plan = planDeletion(anObject({ finalizers }), kind, options, NOW);
    expect(plan.type === "mark" ? (plan.object.metadata.finalizers ?? []).join(" ") : "-").toBe(want);
  });
});

describe("an object that goes gracefully", () => {
  const going = (seconds: number, at: string): Partial<ObjectMeta> => ({
    deletionGracePeriodSeconds: seconds,
    deletionTimestamp: `2026-01-01T${at}Z`,
  });

  test.each<[string, Partial<ObjectMeta>, DeleteOptions, string]>([
    ["has its time", { generation: 1 }, {}, "mark at 00:01:30 (30 s), generation 2"],
    ["has another time", {}, { gracePeriodSeconds: 5 }, "mark at 00:01:05 (5 s)"],
    ["has at least a second", {}, { gracePeriodSeconds: -3 }, "mark at 00:01:01 (1 s)"],
    ["has no time", {}, { gracePeriodSeconds: 0 }, "mark and remove at 00:01:00 (0 s)"],
    [
      "has no time, but finalizers",
      { finalizers: ["f"] },
      { gracePeriodSeconds: 0 },
      "mark at 00:01:00 (0 s) with f",
    ],
    ["is going already", going(30, "00:01:20"), {}, "keep"],
    ["cannot have more time", going(30, "00:01:20"), { gracePeriodSeconds: 60 }, "keep"],
    ["can have less time", going(30, "00:01:20"), { gracePeriodSeconds: 20 }, "mark at 00:01:10 (20 s)"],
    ["has had that time already", going(30, "00:01:20"), { gracePeriodSeconds: 5 }, "mark at 00:01:00 (1 s)"],
    [
      "can lose its time",
      going(30, "00:01:20"),
      { gracePeriodSeconds: 0 },
      "mark and remove at 00:01:00 (0 s)",
    ],
    ["is past its time", { ...going(0, "00:00:20"), finalizers: ["f"] }, {}, "mark at 00:00:20 (0 s) with f"],
    ["is past its time, and nobody holds it", going(0, "00:00:20"), {}, "remove"],
  ])("%s", (_what, metadata, options, expected) => {
    expect(describePlan(planDeletion(anObject(metadata), GRACEFUL, options, NOW))).toBe(expected);
  });
});

test("preconditions name the object that is meant", () => {
  const object = anObject({ resourceVersion: "7" });
  const check = (preconditions: NonNullable<DeleteOptions["preconditions"]>) =>
    checkPreconditions(object, "example.com", { preconditions })?.message;
  expect(check({})).toBeUndefined();
  expect(check({ uid: "u", resourceVersion: "7" })).toBeUndefined();
  expect(check({ uid: "v" })).toContain('Thing.example.com "a": the UID in the precondition (v)');
  expect(check({ resourceVersion: "6" })).toContain("the ResourceVersion in the precondition (6)");
});
