import { describe, expect, test } from "bun:test";
import { describePlan } from "#testing/actions.ts";
import { aNamespace, aServiceAccount } from "#testing/objects.ts";
import { planServiceAccount, type ServiceAccountView } from "./serviceaccount.ts";

describe("planServiceAccount", () => {
  const namespace = aNamespace("web");
  const cases: { name: string; view: ServiceAccountView; want: string[] }[] = [
    {
      name: "creates the default account",
      view: { namespace, account: undefined },
      want: ["create ServiceAccount default"],
    },
    { name: "is quiet when it is there", view: { namespace, account: aServiceAccount("default") }, want: [] },
    {
      name: "creates nothing in a namespace that is going",
      view: { namespace: { ...namespace, status: { phase: "Terminating" } }, account: undefined },
      want: [],
    },
  ];
  test.each(cases)("$name", ({ view, want }) => {
    expect(describePlan(planServiceAccount(view))).toEqual(want);
  });

  test("puts the account into the namespace", () => {
    expect(planServiceAccount({ namespace, account: undefined }).actions).toMatchObject([
      { object: { metadata: { name: "default", namespace: "web" } } },
    ]);
  });
});
