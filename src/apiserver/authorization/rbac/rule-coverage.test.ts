import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { PolicyRule } from "#api/generated/rbac-v1.ts";
import { compactRules, describeRule } from "./compact-rules.ts";
import { breakDown, uncoveredRules } from "./rule-coverage.ts";

function rule(verbs: string, groups: string, resources: string, ...names: string[]): PolicyRule {
  return {
    verbs: verbs.split(" "),
    apiGroups: groups.split(" ").map((group) => (group === "core" ? "" : group)),
    resources: resources.split(" "),
    ...(names.length > 0 && { resourceNames: names }),
  };
}
const urls = (...nonResourceURLs: string[]): PolicyRule => ({ verbs: ["get"], nonResourceURLs });

describe("uncoveredRules", () => {
  const cases: [string, PolicyRule[], PolicyRule[], string[]][] = [
    ["equal rules", [rule("get", "core", "pods")], [rule("get", "core", "pods")], []],
    [
      "parts from several rules",
      [rule("get", "core", "pods"), rule("list", "core", "pods")],
      [rule("get list", "core", "pods")],
      [],
    ],
    [
      "missing verbs",
      [rule("get", "core", "pods")],
      [rule("get list delete", "core", "pods")],
      ['{APIGroups:[""], Resources:["pods"], Verbs:["list" "delete"]}'],
    ],
    ["everything", [rule("*", "*", "*")], [rule("get", "apps", "pods/log"), rule("*", "*", "*")], []],
    [
      "everything is not given by all that is known",
      [rule("get list watch create", "core", "pods")],
      [rule("*", "core", "pods")],
      ['{APIGroups:[""], Resources:["pods"], Verbs:["*"]}'],
    ],
    [
      "a subresource of all resources",
      [rule("get", "*", "*/scale")],
      [rule("get", "apps", "deployments/scale")],
      [],
    ],
    [
      "a resource by its subresource",
      [rule("get", "*", "*/scale")],
      [rule("get", "apps", "deployments")],
      ['{APIGroups:["apps"], Resources:["deployments"], Verbs:["get"]}'],
    ],
    ["names by all", [rule("get", "core", "pods")], [rule("get", "core", "pods", "a", "b")], []],
    [
      "all by names",
      [rule("get", "core", "pods", "a")],
      [rule("get", "core", "pods")],
      ['{APIGroups:[""], Resources:["pods"], Verbs:["get"]}'],
    ],
    [
      "one of two names",
      [rule("get", "core", "pods", "a")],
      [rule("get list", "core", "pods", "a", "b")],
      [
        '{APIGroups:[""], Resources:["pods"], ResourceNames:["b"], Verbs:["get" "list"]}',
        '{APIGroups:[""], Resources:["pods"], ResourceNames:["a"], Verbs:["list"]}',
      ],
    ],
    ["URLs", [urls("/healthz/*", "/version")], [urls("/healthz/etcd", "/version", "/healthz/*")], []],
    [
      "other URLs",
      [urls("/healthz/*")],
      [urls("/healthz", "*")],
      ['{NonResourceURLs:["/healthz"], Verbs:["get"]}', '{NonResourceURLs:["*"], Verbs:["get"]}'],
    ],
    [
      "URLs by resources",
      [rule("*", "*", "*")],
      [urls("/version")],
      ['{NonResourceURLs:["/version"], Verbs:["get"]}'],
    ],
    ["nothing", [], [], []],
  ];
  test.each(cases)("covers %s", (_name, held, wanted, missing) => {
    const described = compactRules(uncoveredRules(held, wanted)).map(describeRule);
    expect(described.toSorted()).toEqual(missing.toSorted());
  });

  test("whoever holds rules and what they lack holds everything that was wanted", () => {
    const some = (...values: string[]) => fc.subarray(values, { minLength: 1 });
    const anyRule = fc.record({
      verbs: some("get", "list", "*"),
      apiGroups: some("", "apps", "*"),
      resources: some("pods", "pods/log", "*/log", "*"),
      resourceNames: fc.subarray(["a", "b"]),
    });
    const rules = fc.array(anyRule, { maxLength: 3 });
    fc.assert(
      fc.property(rules, rules, (held, wanted) => {
        const missing = uncoveredRules(held, wanted);
        expect(uncoveredRules([...held, ...missing], wanted)).toEqual([]);
        expect(uncoveredRules(wanted, wanted.flatMap(breakDown))).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});
