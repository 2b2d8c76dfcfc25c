import { describe, expect, test } from "bun:test";
import type { ConfigMap } from "#api/generated/core-v1.ts";
import { aSecret, aServiceAccount } from "#testing/objects.ts";
import { planLegacyTokenCleaning } from "./legacy-service-account-token-cleaner.ts";

const DAY = 24 * 60 * 60 * 1000;
const NOW = new Date("2026-11-29T12:00:00Z");
const PERIOD = 365 * DAY;
const LONG_AGO = "2025-06-01";
/** 365 days before. */
const LAST_DAY = "2025-11-29";

interface Situation {
  readonly since?: string | undefined;
  readonly created?: string;
  readonly lastUsed?: string;
  readonly invalidSince?: string;
  readonly isGenerated?: boolean;
  readonly isMounted?: boolean;
  readonly isGoing?: boolean;
}

function plan(situation: Situation): unknown {
  const {
    since,
    created = "2024-01-01T00:00:00Z",
    lastUsed,
    invalidSince,
  } = { since: LONG_AGO, ...situation };
  const made = aSecret("ci-token");
  const labels = {
    ...(lastUsed !== undefined && { "kubernetes.io/legacy-token-last-used": lastUsed }),
    ...(invalidSince !== undefined && { "kubernetes.io/legacy-token-invalid-since": invalidSince }),
  };
  const going = situation.isGoing === true ? { deletionTimestamp: "2026-11-29T11:00:00Z" } : {};
  const metadata = { ...made.metadata, creationTimestamp: created, labels, ...going };
  const account = aServiceAccount("ci");
  const secrets = situation.isGenerated === false ? [] : [{ name: "ci-token" }];
  const { actions } = planLegacyTokenCleaning({
    secret: { ...made, metadata },
    account: { ...account, secrets },
    isMounted: situation.isMounted ?? false,
    tracking: since === undefined ? undefined : ({ data: { since } } as unknown as ConfigMap),
    periodMs: PERIOD,
    now: NOW,
  });
  const [action] = actions;
  return action?.type === "patch" ? action.patch : action?.type;
}

const marked = { metadata: { labels: { "kubernetes.io/legacy-token-invalid-since": "2026-11-29" } } };

describe("planLegacyTokenCleaning", () => {
  const cases: readonly { name: string; situation: Situation; want: unknown }[] = [
    { name: "makes void what has never been used", situation: {}, want: marked },
    {
      name: "makes void what has not been used for a year",
      situation: { lastUsed: "2025-11-28" },
      want: marked,
    },
    { name: "keeps what was used on the last day", situation: { lastUsed: LAST_DAY }, want: undefined },
    {
      name: "keeps what was used on a day that is none",
      situation: { lastUsed: "2025-02-30" },
      want: undefined,
    },
    { name: "keeps what is new", situation: { created: "2026-01-01T00:00:00Z" }, want: undefined },
    {
      name: "keeps all while uses have not been noted for long",
      situation: { since: "2025-11-29" },
      want: undefined,
    },
    { name: "keeps all while nobody knows since when", situation: { since: undefined }, want: undefined },
    { name: "keeps what somebody has made", situation: { isGenerated: false }, want: undefined },
    { name: "keeps what a pod reads", situation: { isMounted: true }, want: undefined },
    { name: "marks again what is marked wrongly", situation: { invalidSince: "soon" }, want: marked },
    { name: "waits with what is void", situation: { invalidSince: LAST_DAY }, want: undefined },
    {
      name: "deletes what has been void for a year",
      situation: { invalidSince: "2025-11-28" },
      want: "delete",
    },
    {
      name: "deletes nothing that was used since",
      situation: { invalidSince: "2025-11-28", lastUsed: "2026-11-01" },
      want: undefined,
    },
    { name: "deletes nothing twice", situation: { invalidSince: LONG_AGO, isGoing: true }, want: undefined },
  ];

  test.each(cases)("$name", ({ situation, want }) => {
    expect(plan(situation)).toEqual(want as never);
  });
});
