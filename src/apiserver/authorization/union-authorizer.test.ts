import { describe, expect, test } from "bun:test";
import { type Authorizer, type Decision, NO_RULES, type SubjectRules } from "./authorizer.ts";
import { privilegedAuthorizer } from "./privileged-authorizer.ts";
import { unionAuthorizer } from "./union-authorizer.ts";

const user = { name: "jane", groups: [] };
const asked = { type: "nonResource", user, verb: "get", path: "/" } as const;

function says(outcome: Decision["outcome"], reason = "", rules: SubjectRules = NO_RULES): Authorizer {
  return { authorize: () => ({ outcome, reason }), rulesFor: () => rules };
}
const fails: Authorizer = { ...says("allow"), authorize: () => Promise.reject(new Error("no connection")) };

describe("unionAuthorizer", () => {
  test.each<[string, Authorizer[], Decision]>([
    ["nobody", [], { outcome: "noOpinion", reason: "" }],
    ["the first to allow", [says("allow", "a"), says("deny", "b")], { outcome: "allow", reason: "a" }],
    [
      "the first to deny",
      [says("noOpinion"), says("deny", "b"), says("allow")],
      { outcome: "deny", reason: "b" },
    ],
    [
      "all reasons when none decides",
      [says("noOpinion", "a"), says("noOpinion"), says("noOpinion", "b")],
      { outcome: "noOpinion", reason: "a\nb" },
    ],
    ["one that allows behind one that fails", [fails, says("allow", "a")], { outcome: "allow", reason: "a" }],
    [
      "why one failed when none decides",
      [fails, says("noOpinion", "a")],
      { outcome: "noOpinion", reason: "a", evaluationError: "no connection" },
    ],
  ])("tells %s", async (_name, authorizers, decision) => {
    expect(await unionAuthorizer(authorizers).authorize(asked)).toEqual(decision);
  });

  test("lists the rules of all", async () => {
    const rules = { verbs: ["get"], apiGroups: [""], resources: ["pods"] };
    const union = unionAuthorizer([
      says("allow", "", {
        resourceRules: [rules],
        nonResourceRules: [],
        incomplete: false,
        evaluationError: "a",
      }),
      says("allow", "", { resourceRules: [], nonResourceRules: [], incomplete: true, evaluationError: "b" }),
      says("allow"),
    ]);
    expect(await union.rulesFor(user, "default")).toEqual({
      resourceRules: [rules],
      nonResourceRules: [],
      incomplete: true,
      evaluationError: "[a, b]",
    });
  });
});

test("privilegedAuthorizer allows everything to system:masters only", () => {
  expect(
    privilegedAuthorizer.authorize({ ...asked, user: { ...user, groups: ["system:masters"] } }),
  ).toMatchObject({
    outcome: "allow",
  });
  expect(
    privilegedAuthorizer.authorize({ ...asked, user: { name: "system:masters", groups: [] } }),
  ).toMatchObject({
    outcome: "noOpinion",
  });
});
