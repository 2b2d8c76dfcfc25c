import { describe, expect, test } from "bun:test";
import { aSecret } from "#testing/objects.ts";
import { planTokenCleaning } from "./token-cleaner.ts";

const NOW = new Date("2026-11-29T12:00:00Z");

function plan(expiration: string | undefined, deletionTimestamp?: string) {
  const data = expiration === undefined ? {} : { expiration: btoa(expiration) };
  const secret = aSecret("bootstrap-token-abcdef", { type: "bootstrap.kubernetes.io/token", data });
  const metadata = { ...secret.metadata, ...(deletionTimestamp !== undefined && { deletionTimestamp }) };
  const { actions, requeueAfterMs } = planTokenCleaning({ secret: { ...secret, metadata }, now: NOW });
  return { actions: actions.map(({ type }) => type), requeueAfterMs };
}

describe("planTokenCleaning", () => {
  const nothing = { actions: [], requeueAfterMs: undefined };
  const cases: {
    name: string;
    expiration: string | undefined;
    deletionTimestamp?: string;
    want: ReturnType<typeof plan>;
  }[] = [
    { name: "keeps a token without an end", expiration: undefined, want: nothing },
    {
      name: "looks again at the end",
      expiration: "2026-11-29T12:00:05Z",
      want: { actions: [], requeueAfterMs: 5000 },
    },
    {
      name: "deletes at the end",
      expiration: "2026-11-29T12:00:00Z",
      want: { actions: ["delete"], requeueAfterMs: undefined },
    },
    {
      name: "deletes what has an end that nobody can read",
      expiration: "2027",
      want: { actions: ["delete"], requeueAfterMs: undefined },
    },
    {
      name: "deletes nothing twice",
      expiration: "2026-11-29T11:00:00Z",
      deletionTimestamp: "2026-11-29T11:59:00Z",
      want: nothing,
    },
  ];

  test.each(cases)("$name", ({ expiration, deletionTimestamp, want }) => {
    expect(plan(expiration, deletionTimestamp)).toEqual(want);
  });
});
