import { describe, expect, test } from "bun:test";
import type { Secret } from "#api/generated/core-v1.ts";
import { describePlan } from "#testing/actions.ts";
import { aSecret, aServiceAccount } from "#testing/objects.ts";
import { planServiceAccountToken, type TokenView } from "./serviceaccount-tokens.ts";

const NAME = "kubernetes.io/service-account.name";
const UID = "kubernetes.io/service-account.uid";

const account = aServiceAccount("ci", { uid: "u1" });
const authority = { rootCA: "PEM", sign: () => "a.b.c" };
const filledData = { "ca.crt": btoa("PEM"), namespace: btoa("default"), token: btoa("a.b.c") };

function aTokenSecret(data?: Secret["data"], annotations: Record<string, string> = { [NAME]: "ci" }): Secret {
  return aSecret("ci-token", {
    type: "kubernetes.io/service-account-token",
    annotations,
    ...(data && { data }),
  });
}

function plan(view: Partial<TokenView>) {
  return planServiceAccountToken({
    secret: undefined,
    account: undefined,
    referrers: [],
    name: "ci-token",
    authority,
    ...view,
  });
}

describe("planServiceAccountToken", () => {
  const filled = aTokenSecret(filledData, { [NAME]: "ci", [UID]: "u1" });
  const cases: { name: string; view: Partial<TokenView>; want: string[] }[] = [
    {
      name: "fills an empty Secret",
      view: { secret: aTokenSecret(), account },
      want: ["update Secret ci-token"],
    },
    { name: "leaves a filled one", view: { secret: filled, account }, want: [] },
    {
      name: "mends another authority",
      view: { secret: aTokenSecret({ ...filledData, "ca.crt": btoa("old") }), account },
      want: ["update Secret ci-token"],
    },
    { name: "leaves other Secrets", view: { secret: aSecret("ci-token"), account }, want: [] },
    {
      name: "deletes it when the account has gone",
      view: { secret: filled },
      want: ["delete Secret ci-token"],
    },
    {
      name: "deletes it when the account was made anew",
      view: { secret: filled, account: aServiceAccount("ci", { uid: "u2" }) },
      want: ["delete Secret ci-token"],
    },
    {
      name: "leaves one that is going",
      view: {
        secret: { ...filled, metadata: { ...filled.metadata, deletionTimestamp: "2026-01-01T00:00:00Z" } },
      },
      want: [],
    },
    {
      name: "forgets one that has gone",
      view: { referrers: [aServiceAccount("ci", { secrets: [{ name: "ci-token" }, { name: "other" }] })] },
      want: ["update ServiceAccount ci"],
    },
  ];
  test.each(cases)("$name", ({ view, want }) => {
    expect(describePlan(plan(view))).toEqual(want);
  });

  test("keeps what is there beside it, and then has nothing to do", () => {
    const [action] = plan({ secret: aTokenSecret({ more: btoa("1"), token: btoa("own") }), account }).actions;
    const secret = action?.type === "update" ? (action.object as Secret) : undefined;
    expect(secret?.data).toEqual({ ...filledData, more: btoa("1"), token: btoa("own") });
    expect(secret?.metadata.annotations).toEqual({ [NAME]: "ci", [UID]: "u1" });
    expect(plan({ secret, account }).actions).toEqual([]);
  });

  test("makes sure that the account has gone before it deletes", () => {
    const [action] = plan({ secret: filled }).actions;
    expect(action).toMatchObject({
      requires: [
        { type: "absent", target: { kind: "ServiceAccount", namespace: "default", name: "ci" }, uid: "u1" },
      ],
    });
  });

  test("leaves the account its other Secrets", () => {
    const secrets = [{ name: "ci-token" }, { name: "other" }];
    const [action] = plan({ referrers: [aServiceAccount("ci", { secrets })] }).actions;
    expect(action).toMatchObject({ object: { secrets: [{ name: "other" }] } });
  });
});
