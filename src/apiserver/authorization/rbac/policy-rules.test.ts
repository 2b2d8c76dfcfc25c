import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { PolicyRule } from "#api/generated/rbac-v1.ts";
import { resourcePlace } from "#testing/resource-place.ts";
import type { AuthorizationAttributes } from "../authorizer.ts";
import { PermissionTable, toQuestion } from "./permission-table.ts";
import { ruleAllows } from "./policy-rules.ts";

const user = { name: "jane", groups: [] };

/** `get pods.apps/log web`: a verb, resource, subresource and group, and a name. */
function onResource(text: string): AuthorizationAttributes {
  const [verb = "", target = "", name = ""] = text.split(" ");
  return { type: "resource", user, verb, version: "v1", ...resourcePlace(target, `default/${name}`) };
}

function onPath(text: string): AuthorizationAttributes {
  const [verb = "", path = ""] = text.split(" ");
  return { type: "nonResource", user, verb, path };
}

describe("ruleAllows", () => {
  const reader: PolicyRule = { verbs: ["get", "list"], apiGroups: [""], resources: ["pods", "pods/log"] };
  const scaler: PolicyRule = { verbs: ["*"], apiGroups: ["*"], resources: ["*/scale"] };
  const named: PolicyRule = { ...reader, resourceNames: ["web"] };
  const all: PolicyRule = { verbs: ["*"], apiGroups: ["*"], resources: ["*"] };
  const urls: PolicyRule = { verbs: ["get"], nonResourceURLs: ["/healthz/*", "/version"] };
  const cases: [rule: PolicyRule, allowed: string[], denied: string[]][] = [
    [
      reader,
      ["get pods a", "list pods", "get pods/log a"],
      ["watch pods", "get pods/exec a", "get pods.apps a"],
    ],
    [
      scaler,
      ["update deployments.apps/scale web", "get replicationcontrollers/scale x"],
      ["update deployments.apps web", "get deployments.apps/status web", "get scale x"],
    ],
    [named, ["get pods web"], ["get pods db", "list pods"]],
    [all, ["delete nodes n", "create pods/exec a"], []],
    [{ verbs: ["get"], apiGroups: [""], resources: ["pods/*"] }, [], ["get pods/log a", "get pods a"]],
    [{ verbs: ["get"], apiGroups: [], resources: ["pods"] }, [], ["get pods a"]],
    [urls, [], ["get healthz"]],
  ];
  for (const [rule, allowed, denied] of cases) {
    test.each(allowed)(`${JSON.stringify(rule)} allows %s`, (text) => {
      expect(ruleAllows(rule, onResource(text))).toBe(true);
    });
    test.each(denied)(`${JSON.stringify(rule)} does not allow %s`, (text) => {
      expect(ruleAllows(rule, onResource(text))).toBe(false);
    });
  }

  test.each([
    ["get /healthz/etcd", true],
    ["get /healthz/", true],
    ["get /healthz", false],
    ["get /version", true],
    ["get /version/", false],
    ["post /version", false],
  ])("a rule for URLs: %s", (text, allowed) => {
    expect(ruleAllows(urls, onPath(text))).toBe(allowed);
    expect(ruleAllows(all, onPath(text))).toBe(false);
    expect(ruleAllows({ verbs: ["*"], nonResourceURLs: ["*"] }, onPath(text))).toBe(true);
  });
});

describe("PermissionTable", () => {
  const some = (...values: string[]) => fc.subarray(values, { minLength: 1, maxLength: 3 });
  const rule: fc.Arbitrary<PolicyRule> = fc.oneof(
    fc.record({
      verbs: some("get", "list", "*", "impersonate"),
      apiGroups: some("", "apps", "*"),
      resources: some("pods", "pods/log", "*", "*/log", "deployments"),
      resourceNames: fc.option(some("a", "b", ""), { nil: [] }),
    }),
    fc.record({ verbs: some("get", "post", "*"), nonResourceURLs: some("/a", "/a/*", "/a/b*", "*", "/b") }),
  );
  const attributes: fc.Arbitrary<AuthorizationAttributes> = fc.oneof(
    fc
      .tuple(
        fc.constantFrom("get", "list", "impersonate", "delete"),
        fc.constantFrom("pods", "pods/log", "deployments.apps", "deployments.apps/log", "pods.apps"),
        fc.constantFrom("a", "b", "c", ""),
      )
      .map((words) => onResource(words.join(" "))),
    fc
      .tuple(fc.constantFrom("get", "post", "put"), fc.constantFrom("/a", "/a/", "/a/b", "/a/bc", "/b", "/c"))
      .map((words) => onPath(words.join(" "))),
  );

  test("answers as its rules do, one by one", () => {
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 6 }), attributes, (rules, asked) => {
        const table = new PermissionTable();
        for (const [index, each] of rules.entries()) table.add(each, String(index));
        const source = table.find(toQuestion(asked));
        const allowing = rules.flatMap((each, index) => (ruleAllows(each, asked) ? [String(index)] : []));
        if (allowing.length === 0) expect(source).toBeUndefined();
        else expect(allowing).toContain(source ?? "");
      }),
      { numRuns: 2000 },
    );
  });
});
