/** The stock roles and bindings are those of Kubernetes, and what Kubelith has besides is known here. */
import { expect, test } from "bun:test";
import { bootstrapPolicy } from "#apiserver/bootstrap/policy/policy.ts";
import { FACTS, type PolicyObject, policyDigests } from "./policy-digests.ts";

/** What no part of Kubernetes does: docs/differences.md tells of the roles. */
const OWN = [
  "ClusterRole system:kubelith:cluster-dns",
  "ClusterRole system:kubelith:tunnel",
  "ClusterRoleBinding system:kubelith:cluster-dns",
  "ClusterRoleBinding system:kubelith:tunnel",
  "Role kube-system/system:controller:legacy-token-tracking-controller",
  "Role kube-system/system:controller:node-password-controller",
  "Role kube-system/system:kubelith:cluster-dns",
  "Role kube-system/system:kubelith:dns-endpoints",
  "Role kube-system/system:kubelith:root-ca",
  "RoleBinding kube-system/system:controller:legacy-token-tracking-controller",
  "RoleBinding kube-system/system:controller:node-password-controller",
  "RoleBinding kube-system/system:kubelith:cluster-dns",
  "RoleBinding kube-system/system:kubelith:dns-endpoints",
  "RoleBinding kube-system/system:kubelith:root-ca",
];

test("every stock role and binding is that of Kubernetes", async () => {
  const { clusterRoles, clusterRoleBindings, roles, roleBindings } = bootstrapPolicy();
  const objects: readonly PolicyObject[] = [
    ...clusterRoles,
    ...clusterRoleBindings,
    ...roles,
    ...roleBindings,
  ];
  const entries = Object.entries(policyDigests(objects));
  const stock = entries.filter(([name]) => !OWN.includes(name));
  expect(Object.fromEntries(stock)).toEqual((await Bun.file(FACTS).json()) as Record<string, string>);
  expect(entries.length - stock.length).toBe(OWN.length);
});
