import { expect, test } from "bun:test";
import type { RuleWithOperations } from "#api/generated/admissionregistration-v1.ts";
import { matchesRule, type RuleTarget } from "./match-rule.ts";

const RULE: RuleWithOperations = {
  apiGroups: ["apps"],
  apiVersions: ["v1"],
  resources: ["deployments"],
  operations: ["CREATE"],
};
const TARGET: RuleTarget = {
  operation: "CREATE",
  group: "apps",
  version: "v1",
  resource: "deployments",
  subresource: "",
  namespace: "default",
  name: "a",
};
const NAMESPACE = { group: "", resource: "namespaces", namespace: "a" };
const ANY = { apiGroups: ["*"], apiVersions: ["*"], resources: ["*"], operations: ["*"] } as const;

test.each<{ name: string; rule?: RuleWithOperations; target?: Partial<RuleTarget>; want: boolean }>([
  { name: "that it names", want: true },
  { name: "of another operation", target: { operation: "UPDATE" }, want: false },
  { name: "of another group", target: { group: "" }, want: false },
  { name: "of another version", target: { version: "v1beta1" }, want: false },
  { name: "for another resource", target: { resource: "replicasets" }, want: false },
  { name: "for a subresource", target: { subresource: "scale" }, want: false },
  { name: "that everything includes", rule: ANY, target: { operation: "CONNECT", group: "x" }, want: true },
  { name: "for a subresource, of everything", rule: ANY, target: { subresource: "scale" }, want: false },
  { name: "of all subresources", rule: { resources: ["*/*"] }, target: { subresource: "scale" }, want: true },
  { name: "for itself, of all subresources", rule: { resources: ["*/*"] }, want: true },
  {
    name: "for the subresource that it names",
    rule: { resources: ["deployments/scale"] },
    target: { subresource: "scale" },
    want: true,
  },
  { name: "for that of all", rule: { resources: ["*/scale"] }, target: { subresource: "scale" }, want: true },
  { name: "for another", rule: { resources: ["*/scale"] }, target: { subresource: "status" }, want: false },
  { name: "in a namespace", rule: { scope: "Namespaced" }, want: true },
  { name: "in none", rule: { scope: "Namespaced" }, target: { namespace: "" }, want: false },
  { name: "for the cluster", rule: { scope: "Cluster" }, target: { namespace: "" }, want: true },
  { name: "for no cluster", rule: { scope: "Cluster" }, want: false },
  { name: "for a namespace itself", rule: { ...ANY, scope: "Cluster" }, target: NAMESPACE, want: true },
  { name: "in itself", rule: { ...ANY, scope: "Namespaced" }, target: NAMESPACE, want: false },
])("a rule is about a request $name: $want", ({ rule = {}, target = {}, want }) => {
  expect(matchesRule({ ...RULE, ...rule }, { ...TARGET, ...target })).toBe(want);
});
