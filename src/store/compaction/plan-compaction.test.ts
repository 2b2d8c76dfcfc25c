import { describe, expect, test } from "bun:test";
import { type CompactionView, planCompaction } from "./plan-compaction.ts";

const POLICY = { retainMs: 1000, retainRevisions: 100, minRevisions: 10 };

describe("planCompaction", () => {
  const marks = [
    { at: 0, revision: 20 },
    { at: 500, revision: 40 },
    { at: 1500, revision: 60 },
  ];
  const cases: { name: string; view: Partial<CompactionView>; want: number | undefined }[] = [
    { name: "keeps young history", view: { now: 900 }, want: undefined },
    { name: "forgets what is old enough", view: { now: 1000 }, want: 20 },
    { name: "forgets up to the newest mark that is old enough", view: { now: 1999 }, want: 40 },
    {
      name: "keeps a bounded number of revisions, however young",
      view: { now: 900, revision: 150 },
      want: 50,
    },
    { name: "takes the later of age and number", view: { now: 2500, revision: 150 }, want: 60 },
    { name: "waits until it is worth it", view: { now: 1000, compactedRevision: 11 }, want: undefined },
    {
      name: "does nothing when that is compacted",
      view: { now: 1000, compactedRevision: 30 },
      want: undefined,
    },
  ];

  test.each(cases)("$name", ({ view, want }) => {
    expect(planCompaction({ now: 0, revision: 60, compactedRevision: 0, marks, ...view }, POLICY)).toBe(want);
  });
});
