import { describe, expect, test } from "bun:test";
import { SeatDemand } from "./seat-demand.ts";

describe("SeatDemand", () => {
  test("says the most, and the average with its deviation", () => {
    const demand = new SeatDemand(0);
    demand.set(10, 0);
    demand.set(0, 5000);
    // Half the time 10, half the time 0: 5 on average, and off by 5.
    expect(demand.settle(10_000)).toEqual({ highWatermark: 10, smoothed: 10 });
  });

  test("begins anew with what is in demand then", () => {
    const demand = new SeatDemand(0);
    demand.set(10, 0);
    demand.settle(10_000);
    demand.set(4, 10_000);
    expect(demand.settle(20_000).highWatermark).toBe(10);
    expect(demand.settle(30_000).highWatermark).toBe(4);
  });

  test("forgets what was wanted once by half in five minutes, and rises at once", () => {
    const demand = new SeatDemand(0);
    demand.set(100, 0);
    demand.settle(10_000);
    demand.set(0, 10_000);
    for (let now = 20_000; now < 310_000; now += 10_000) demand.settle(now);
    expect(demand.settle(310_000).smoothed).toBeCloseTo(50, 0);
    demand.set(80, 310_000);
    expect(demand.settle(320_000).smoothed).toBe(80);
  });

  test("copes with a clock that stands still or goes back", () => {
    const demand = new SeatDemand(1000);
    demand.set(5, 500);
    expect(demand.settle(500)).toEqual({ highWatermark: 5, smoothed: 0 });
  });
});
