import { describe, expect, test } from "bun:test";
import { errorTexts } from "#testing/kinds.ts";
import { aJob } from "#testing/workloads.ts";
import type { JobSpec, JobStatus } from "../../generated/batch-v1.ts";
import { job } from "./job.ts";

const START = "2026-01-01T00:00:00Z";
const END = "2026-01-01T01:00:00Z";

const conditions = (...types: string[]) => types.map((type) => ({ type, status: "True" }));
const complete: JobStatus = {
  startTime: START,
  completionTime: END,
  succeeded: 1,
  conditions: conditions("SuccessCriteriaMet", "Complete"),
};
const failed: JobStatus = { startTime: START, failed: 1, conditions: conditions("FailureTarget", "Failed") };
const indexed: Partial<JobSpec> = { completionMode: "Indexed", completions: 10, parallelism: 2 };

interface Case {
  readonly name: string;
  readonly spec?: Partial<JobSpec>;
  readonly from?: JobStatus;
  readonly to: JobStatus;
  readonly want: string[];
}

const cases: Case[] = [
  { name: "completion", to: complete, want: [] },
  { name: "failure", to: failed, want: [] },
  {
    name: "no change of an old mistake",
    from: { active: 1, ready: 2 },
    to: { active: 1, ready: 2 },
    want: [],
  },
  {
    name: "negative counts",
    to: { active: -1, terminating: -2 },
    want: [
      "status.active: Invalid value: -1: must be greater than or equal to 0",
      "status.terminating: Invalid value: -2: must be greater than or equal to 0",
      "status.ready: Invalid value: 0: cannot set more ready pods than active",
    ],
  },
  {
    name: "pods that are counted twice",
    to: { uncountedTerminatedPods: { succeeded: ["a", ""], failed: ["a"] } },
    want: [
      'status.uncountedTerminatedPods.succeeded[1]: Invalid value: "": must not be empty',
      'status.uncountedTerminatedPods.failed[0]: Duplicate value: "a"',
    ],
  },
  {
    name: "completion and failure at once",
    to: { ...complete, conditions: conditions("SuccessCriteriaMet", "Complete", "FailureTarget", "Failed") },
    want: [
      "status.conditions: Invalid value: cannot set Complete=True and Failed=true conditions",
      "status.conditions: Invalid value: cannot set Complete=True and FailureTarget=true conditions",
      "status.conditions: Invalid value: cannot set SuccessCriteriaMet=True and Failed=true conditions",
      "status.conditions: Invalid value: cannot set SuccessCriteriaMet=True and FailureTarget=true conditions",
    ],
  },
  {
    name: "a completion without time, and a time without completion",
    to: { startTime: START, conditions: conditions("SuccessCriteriaMet", "Complete") },
    want: ["status.completionTime: Required value: completionTime is required for Complete jobs"],
  },
  {
    name: "a time without completion, before the start",
    to: { startTime: END, completionTime: START },
    want: [
      'status.completionTime: Invalid value: "2026-01-01T00:00:00Z": cannot set completionTime when there is no Complete=True condition',
      'status.completionTime: Invalid value: "2026-01-01T00:00:00Z": must be equal to or after `startTime`',
    ],
  },
  {
    name: "ends without the intention to end",
    to: { ...failed, conditions: conditions("Failed") },
    want: [
      "status.conditions: Invalid value: cannot set Failed=True condition without the FailureTarget=true condition",
    ],
  },
  {
    name: "a success without its criteria",
    to: { ...complete, conditions: conditions("Complete") },
    want: [
      "status.conditions: Invalid value: cannot set Complete=True condition without the SuccessCriteriaMet=true condition",
    ],
  },
  {
    name: "an end with work left",
    to: {
      conditions: failed.conditions ?? [],
      active: 1,
      terminating: 1,
      uncountedTerminatedPods: { failed: ["a"] },
    },
    want: [
      "status.active: Invalid value: 1: active>0 is invalid for finished job",
      "status.startTime: Required value: startTime is required for finished job",
      'status.uncountedTerminatedPods: Invalid value: {"Succeeded":null,"Failed":["a"]}: must be empty for finished job',
      "status.terminating: Invalid value: 1: terminating>0 is invalid for finished job",
    ],
  },
  {
    name: "an end without start of a job that has nothing to do",
    spec: { suspend: true, completions: 0 },
    to: { completionTime: END, conditions: conditions("SuccessCriteriaMet", "Complete") },
    want: [],
  },
  {
    name: "indexes of a job without indexes",
    to: { completedIndexes: "0", failedIndexes: "1" },
    want: [
      'status.completedIndexes: Invalid value: "0": cannot set non-empty completedIndexes when non-indexed completion mode',
      'status.failedIndexes: Invalid value: "1": cannot set non-null failedIndexes when backoffLimitPerIndex is null',
    ],
  },
  {
    name: "indexes that cannot be read or overlap",
    spec: { ...indexed, backoffLimitPerIndex: 1 },
    to: { completedIndexes: "0-3,x", failedIndexes: "2,11" },
    want: [
      'status.completedIndexes: Invalid value: "0-3,x": error parsing completedIndexes: cannot convert string to integer for index: "x"',
      'status.failedIndexes: Invalid value: "2,11": error parsing failedIndexes: too large index: "11"',
      'status.failedIndexes: Invalid value: "2,11": failedIndexes and completedIndexes overlap at index: 2',
    ],
  },
  {
    name: "an end that is taken back",
    from: failed,
    to: { startTime: START, failed: 0 },
    want: [
      "status.conditions: Invalid value: cannot disable the terminal Failed=True condition",
      "status.conditions: Invalid value: cannot disable the terminal FailureTarget=True condition",
      "status.failed: Invalid value: 0: cannot decrease the failed counter",
    ],
  },
  {
    name: "success that is taken back",
    from: { startTime: START, succeeded: 2, conditions: conditions("SuccessCriteriaMet") },
    to: { startTime: START, succeeded: 1 },
    want: [
      "status.succeeded: Invalid value: 1: cannot decrease the succeeded counter",
      "status.conditions: Invalid value: cannot disable the SuccessCriteriaMet=True condition",
    ],
  },
  {
    name: "fewer successes of a job that was scaled down",
    spec: { completionMode: "Indexed", completions: 2, parallelism: 2 },
    from: { succeeded: 2 },
    to: { succeeded: 1 },
    want: [],
  },
  {
    name: "times that move",
    from: complete,
    to: { ...complete, startTime: "2025-12-31T00:00:00Z", completionTime: "2026-01-01T02:00:00Z" },
    want: [
      'status.completionTime: Invalid value: "2026-01-01T02:00:00Z": field is immutable',
      'status.startTime: Invalid value: "2025-12-31T00:00:00Z": field is immutable for unsuspended job once set',
    ],
  },
  {
    name: "a new start of a job that is resumed",
    from: { startTime: START, conditions: conditions("Suspended") },
    to: { startTime: END, conditions: [{ type: "Suspended", status: "False" }] },
    want: [],
  },
];

describe("job.validateStatusUpdate", () => {
  test.each(cases)("judges $name", ({ spec = {}, from = {}, to, want }) => {
    const previous = aJob("once", { spec, status: from });
    const next = aJob("once", { spec, status: to });
    expect(errorTexts(job.validateStatusUpdate?.(next, previous))).toEqual(want);
  });
});
