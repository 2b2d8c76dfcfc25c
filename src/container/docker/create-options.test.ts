import { describe, expect, test } from "bun:test";
import { dockerCgroupParent, resourceOptions } from "./create-options.ts";
import { oomScoreFloor } from "./oom-score.ts";

describe("dockerCgroupParent", () => {
  test("keeps a path for cgroupfs", () => {
    expect(dockerCgroupParent("/kubepods/burstable/pod1-2", "cgroupfs")).toBe("/kubepods/burstable/pod1-2");
  });

  test("nests slices by name for systemd", () => {
    expect(dockerCgroupParent("/kubepods/burstable/pod1-2", "systemd")).toBe(
      "kubepods-burstable-pod1_2.slice",
    );
  });
});

describe("resourceOptions", () => {
  test("leaves no swap beside a memory limit and never asks for a score below the floor", () => {
    expect(resourceOptions({ memoryLimitBytes: 64, oomScoreAdj: -997 }, 0)).toEqual({
      Memory: 64,
      MemorySwap: 64,
      OomScoreAdj: 0,
    });
  });
});

describe("oomScoreFloor", () => {
  test("is the lowest score with CAP_SYS_RESOURCE", () => {
    expect(oomScoreFloor("CapEff:\t000001ffffffffff\n", 0)).toBe(-1000);
  });

  test("is the process's own score without it", () => {
    expect(oomScoreFloor("CapEff:\t000001fffeffffff\n", 5)).toBe(5);
  });
});
