import { describe, expect, test } from "bun:test";
import { aPod } from "#testing/objects.ts";
import { wantsRetry } from "#testing/scheduling.ts";
import { schedulingGatesPlugin } from "./scheduling-gates.ts";

const gated = aPod("a", { spec: { schedulingGates: [{ name: "quota" }, { name: "example.com/other" }] } });

describe("schedulingGatesPlugin", () => {
  const cases = [
    { name: "lets pods without gates pass", pod: aPod("a"), want: undefined },
    {
      name: "holds pods back that have gates",
      pod: gated,
      want: ["waiting for scheduling gates: [quota example.com/other]"],
    },
  ];

  test.each(cases)("$name", ({ pod, want }) => {
    expect(schedulingGatesPlugin.preEnqueue?.(pod)?.reasons).toEqual(want as string[]);
  });

  test("wants a retry when the last gate of the pod itself is gone", () => {
    const change = { previous: gated, object: aPod("a") };
    const event = {
      resource: "UnschedulablePod",
      action: "UpdatePodSchedulingGatesEliminated",
      change,
    } as const;
    expect(wantsRetry(schedulingGatesPlugin, gated, event)).toBeTrue();
    expect(wantsRetry(schedulingGatesPlugin, aPod("b"), event)).toBeFalse();
  });
});
