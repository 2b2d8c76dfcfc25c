import { expect, test } from "bun:test";
import type { AuthorizationAttributes } from "../authorization/authorizer.ts";
import { evaluatePolicy, type PolicyRule } from "./audit-policy.ts";

const tim = { name: "tim@k8s.io", groups: ["system:authenticated", "humans"] };

const podIn = (changes: object = {}): AuthorizationAttributes => ({
  type: "resource",
  user: tim,
  verb: "get",
  group: "",
  version: "v1",
  resource: "pods",
  subresource: "",
  namespace: "default",
  name: "busybox",
  ...changes,
});
const log = podIn({ subresource: "log" });
const clusterRole = podIn({ group: "rbac.authorization.k8s.io", resource: "clusterroles", namespace: "" });
const path = (text: string): AuthorizationAttributes => ({
  type: "nonResource",
  user: tim,
  verb: "get",
  path: text,
});
const pods = (resources: readonly string[], more: object = {}) => ({
  resources: [{ group: "", resources, ...more }],
});

interface Case {
  readonly name: string;
  readonly rule: Omit<PolicyRule, "level">;
  readonly request: AuthorizationAttributes;
  readonly matches: boolean;
}

const cases: readonly Case[] = [
  { name: "nothing is asked for", rule: {}, request: podIn(), matches: true },
  { name: "nothing is asked of a path", rule: {}, request: path("/logs"), matches: true },
  { name: "the user", rule: { users: ["bob", tim.name] }, request: podIn(), matches: true },
  { name: "another user", rule: { users: ["bob"] }, request: podIn(), matches: false },
  { name: "one of the groups", rule: { userGroups: ["humans"] }, request: podIn(), matches: true },
  { name: "another group", rule: { userGroups: ["robots"] }, request: podIn(), matches: false },
  { name: "the verb", rule: { verbs: ["get"] }, request: podIn(), matches: true },
  { name: "another verb", rule: { verbs: ["create"] }, request: podIn(), matches: false },
  { name: "the namespace", rule: { namespaces: ["default"] }, request: podIn(), matches: true },
  { name: "another namespace", rule: { namespaces: ["kube-system"] }, request: podIn(), matches: false },
  { name: "no namespace", rule: { namespaces: [""] }, request: clusterRole, matches: true },
  { name: "a path in a namespace", rule: { namespaces: [""] }, request: path("/logs"), matches: false },
  { name: "the resource", rule: pods(["pods"]), request: podIn(), matches: true },
  { name: "a subresource", rule: pods(["pods"]), request: log, matches: false },
  { name: "that subresource", rule: pods(["pods/log"]), request: log, matches: true },
  { name: "all subresources", rule: pods(["pods/*"]), request: log, matches: true },
  { name: "the resource among its subresources", rule: pods(["pods/*"]), request: podIn(), matches: true },
  { name: "the subresource of all", rule: pods(["*/log"]), request: log, matches: true },
  { name: "another subresource of all", rule: pods(["*/exec"]), request: log, matches: false },
  { name: "everything in a group", rule: pods(["*"]), request: log, matches: true },
  { name: "a group without resources", rule: { resources: [{}] }, request: log, matches: true },
  { name: "another group's", rule: pods(["*"]), request: clusterRole, matches: false },
  { name: "every group", rule: { resources: [{ group: "*" }] }, request: clusterRole, matches: true },
  { name: "the name", rule: pods(["pods"], { resourceNames: ["busybox"] }), request: podIn(), matches: true },
  { name: "another name", rule: pods(["pods"], { resourceNames: ["db"] }), request: podIn(), matches: false },
  { name: "the path", rule: { nonResourceURLs: ["/logs"] }, request: path("/logs"), matches: true },
  { name: "a path below", rule: { nonResourceURLs: ["/logs"] }, request: path("/logs/a"), matches: false },
  { name: "all below", rule: { nonResourceURLs: ["/logs/*"] }, request: path("/logs/a"), matches: true },
  { name: "every path", rule: { nonResourceURLs: ["*"] }, request: path("/metrics"), matches: true },
  { name: "a resource for paths", rule: { nonResourceURLs: ["*"] }, request: podIn(), matches: false },
];

test.each(cases)("a rule for $name matches: $matches", ({ rule, request, matches }) => {
  const { level } = evaluatePolicy({ rules: [{ level: "Request", ...rule }] }, request);
  expect(level).toBe(matches ? "Request" : "None");
});

test("the first rule that matches decides; its stages are added, its managed fields replace the policy's", () => {
  const policy = {
    omitStages: ["RequestReceived"],
    omitManagedFields: true,
    rules: [
      { level: "None", users: ["bob"] },
      { level: "Metadata", omitStages: ["Panic"], omitManagedFields: false },
      { level: "Request" },
    ],
  } as const;
  expect(evaluatePolicy(policy, podIn())).toEqual({
    level: "Metadata",
    omitStages: ["RequestReceived", "Panic"],
    omitManagedFields: false,
  });
});
