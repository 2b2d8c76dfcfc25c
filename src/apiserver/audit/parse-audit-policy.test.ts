import { expect, test } from "bun:test";
import { formatFieldError } from "#apimachinery/field-error.ts";
import { parseAuditPolicy } from "./parse-audit-policy.ts";

const head = { apiVersion: "audit.k8s.io/v1", kind: "Policy" };

interface Case {
  readonly name: string;
  readonly rule: object;
  readonly says: string;
}

const wrong: readonly Case[] = [
  { name: "no level", rule: {}, says: "rules[0].level: Required value" },
  {
    name: "a level that there is not",
    rule: { level: "Everything" },
    says: 'rules[0].level: Unsupported value: "Everything": supported values: "None", "Metadata", "Request", "RequestResponse"',
  },
  {
    name: "a path without its slash",
    rule: { level: "None", nonResourceURLs: ["logs"] },
    says: "rules[0].nonResourceURLs[0]: Invalid value: \"logs\": non-resource URL rules must begin with a '/' character",
  },
  {
    name: "a wildcard inside a path",
    rule: { level: "None", nonResourceURLs: ["/a/*/b"] },
    says: "rules[0].nonResourceURLs[0]: Invalid value: \"/a/*/b\": non-resource URL wildcards '*' must be the final character of the rule",
  },
  {
    name: "paths and resources",
    rule: { level: "None", nonResourceURLs: ["/a"], namespaces: ["x"] },
    says: 'rules[0].nonResourceURLs: Invalid value: ["/a"]: rules cannot apply to both regular resources and non-resource URLs',
  },
  {
    name: "names without a resource",
    rule: { level: "None", resources: [{ resourceNames: ["a"] }] },
    says: 'rules[0].resources.resourceNames: Invalid value: ["a"]: using resourceNames requires at least one resource',
  },
  {
    name: "a stage that there is not",
    rule: { level: "None", omitStages: ["End"] },
    says: 'rules[0].omitStages[0]: Invalid value: "End": allowed stages are RequestReceived,ResponseStarted,ResponseComplete,Panic',
  },
  {
    name: "a text for a list",
    rule: { level: "None", users: "jane" },
    says: 'rules[0].users: Invalid value: "jane": must be a list of texts',
  },
];

test.each(wrong)("refuses a rule with $name", ({ rule, says }) => {
  const parsed = parseAuditPolicy({ ...head, rules: [rule] });
  expect("errors" in parsed ? parsed.errors.map(formatFieldError) : parsed).toEqual([says]);
});

test("refuses what is no policy, and one without rules", () => {
  const parsed = parseAuditPolicy(["x"]);
  expect("errors" in parsed ? parsed.errors.map(({ field }) => field) : parsed).toEqual([
    "kind",
    "apiVersion",
    "rules",
  ]);
});

test("refuses the version of a group as its name", () => {
  const resources = [{ group: "rbac.authorization.k8s.io/v1" }];
  const parsed = parseAuditPolicy({ ...head, rules: [{ level: "None", resources }] });
  expect("errors" in parsed ? parsed.errors.map(({ field }) => field) : parsed).toEqual([
    "rules[0].resources.group",
  ]);
});

test("names fields that it does not know, and takes those without a value for absent", () => {
  expect(
    parseAuditPolicy({
      ...head,
      rules: [{ level: "None", user: ["a"], verbs: null, resources: [{ names: [] }] }],
    }),
  ).toMatchObject({
    policy: { rules: [{ level: "None" }] },
    unknown: ["rules[0].user", "rules[0].resources[0].names"],
  });
});
