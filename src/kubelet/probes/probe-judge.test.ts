import { describe, expect, test } from "bun:test";
import type { Probe } from "#api/generated/core-v1.ts";
import type { ProbeKind } from "../plan/pod-view.ts";
import { judgeProbe, NO_HISTORY } from "./probe-judge.ts";

interface Case {
  readonly name: string;
  readonly kind: ProbeKind;
  readonly probe?: Probe;
  /** `+` for a success, `-` for a failure. */
  readonly outcomes: string;
  /** The result after each outcome: `?` for none yet. */
  readonly results: string;
  readonly isOver?: boolean;
}

const cases: readonly Case[] = [
  { name: "one success is enough", kind: "readiness", outcomes: "+", results: "+" },
  { name: "three failures in a row count", kind: "readiness", outcomes: "+---", results: "+++-" },
  {
    name: "a success in between starts the count anew",
    kind: "readiness",
    outcomes: "+--+--",
    results: "++++++",
  },
  {
    name: "successes can be counted too",
    kind: "readiness",
    probe: { successThreshold: 2 },
    outcomes: "+-++",
    results: "???+",
  },
  {
    name: "a threshold of one",
    kind: "liveness",
    probe: { failureThreshold: 1 },
    outcomes: "+-",
    results: "+-",
    isOver: true,
  },
  { name: "a live container is asked on", kind: "liveness", outcomes: "++", results: "++", isOver: false },
  {
    name: "a started container is not asked again",
    kind: "startup",
    outcomes: "--+",
    results: "??+",
    isOver: true,
  },
];

const RESULTS = { success: "+", failure: "-", unknown: "u" } as const;

describe("judgeProbe", () => {
  test.each(cases)("$name", ({ kind, probe = {}, outcomes, results, isOver = false }) => {
    let history = NO_HISTORY;
    const seen = outcomes.split("").map((outcome) => {
      history = judgeProbe(kind, probe, history, outcome === "+" ? "success" : "failure");
      return history.result === undefined ? "?" : RESULTS[history.result];
    });
    expect(seen.join("")).toBe(results);
    expect(history.isOver).toBe(isOver);
  });
});
