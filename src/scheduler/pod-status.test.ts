import { describe, expect, test } from "bun:test";
import { aPod } from "#testing/objects.ts";
import { notScheduled, preempted, statusPatch } from "./pod-status.ts";

const NOW = Date.parse("2026-01-01T01:00:00Z");
const plain = aPod("a");
const REJECTED = notScheduled(plain, "Unschedulable", "0/1 nodes are available: 1 Too many pods.");
const rejectedBefore = aPod("a", {
  status: { conditions: [{ ...REJECTED, lastTransitionTime: "2026-01-01T00:00:00Z" }] },
});

describe("statusPatch", () => {
  test("says why a pod is not on a node, and since when", () => {
    expect(statusPatch(plain, { condition: REJECTED }, { now: NOW })).toEqual({
      metadata: { uid: plain.metadata.uid },
      status: {
        conditions: [
          {
            type: "PodScheduled",
            status: "False",
            reason: "Unschedulable",
            message: "0/1 nodes are available: 1 Too many pods.",
            lastProbeTime: null,
            lastTransitionTime: "2026-01-01T01:00:00Z",
          },
        ],
      },
    });
  });

  test("writes nothing when the status says so already", () => {
    expect(statusPatch(rejectedBefore, { condition: REJECTED }, { now: NOW })).toBeUndefined();
  });

  test("writes the same again when it may have been overwritten", () => {
    const patch = statusPatch(rejectedBefore, { condition: REJECTED }, { now: NOW, isOutdated: true });
    expect(patch).toMatchObject({ status: { conditions: [{ type: "PodScheduled" }] } });
  });

  test("keeps the time since when the pod waits when only the message is new", () => {
    const other = notScheduled(plain, "Unschedulable", "another");
    expect(statusPatch(rejectedBefore, { condition: other }, { now: NOW })).toMatchObject({
      status: { conditions: [{ message: "another", lastTransitionTime: "2026-01-01T00:00:00Z" }] },
    });
  });

  test.each([
    { name: "promises a node", before: undefined, promise: "n", want: { nominatedNodeName: "n" } },
    { name: "withdraws a promise", before: "n", promise: "", want: { nominatedNodeName: null } },
    { name: "repeats no promise", before: "n", promise: "n", want: undefined },
    { name: "withdraws no promise that is not there", before: undefined, promise: "", want: undefined },
  ])("$name", ({ before, promise, want }) => {
    const pod = aPod("a", { status: before === undefined ? {} : { nominatedNodeName: before } });
    const patch = statusPatch(pod, { nominatedNodeName: promise }, { now: NOW });
    expect(patch).toEqual(want && { metadata: { uid: pod.metadata.uid }, status: want });
  });

  test("tells a victim why it goes", () => {
    expect(preempted(plain, "default-scheduler")).toMatchObject({
      type: "DisruptionTarget",
      status: "True",
      reason: "PreemptionByScheduler",
      message: "default-scheduler: preempting to accommodate a higher priority pod",
    });
  });
});
