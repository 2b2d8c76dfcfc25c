import { describe, expect, test } from "bun:test";
import { FEATURES, NO_FEATURES } from "#api/features.ts";
import { clusterRole } from "#api/rbac/v1/clusterrole.ts";
import { clusterRoleBinding } from "#api/rbac/v1/clusterrolebinding.ts";
import { role } from "#api/rbac/v1/role.ts";
import { roleBinding } from "#api/rbac/v1/rolebinding.ts";
import { bootstrapPolicy, nodeRules } from "./policy.ts";

const { clusterRoles, clusterRoleBindings, roles, roleBindings } = bootstrapPolicy();
const stored = (object: { metadata: object }) =>
  ({ ...object, metadata: { name: "", uid: "u", ...object.metadata } }) as never;
const nameOf = ({ metadata }: { metadata: { name?: string; namespace?: string } }): string =>
  `${metadata.namespace ?? ""}/${metadata.name ?? ""}`;

describe("bootstrapPolicy", () => {
  test("has the roles of v1.36", () => {
    const names = clusterRoles.map(nameOf);
    expect(names.filter((name) => name.startsWith("/system:controller:"))).toHaveLength(38);
    expect(names).toContain("/cluster-admin");
    expect(names).toContain("/system:node-proxier");
    expect([clusterRoles.length, clusterRoleBindings.length, roles.length, roleBindings.length]).toEqual([
      71, 52, 12, 12,
    ]);
  });

  test("has more with features that are off by default", () => {
    const all = bootstrapPolicy(new Set(FEATURES));
    const before = new Set<string>(clusterRoles.map(nameOf));
    expect(all.clusterRoles.map(nameOf).filter((name) => !before.has(name))).toEqual([
      "/system:cluster-trust-bundle-discovery",
      "/system:controller:kube-apiserver-serving-clustertrustbundle-publisher",
    ]);
    const added = nodeRules(new Set(FEATURES)).filter((rule) => !nodeRules(NO_FEATURES).includes(rule));
    expect(added).toEqual([
      {
        apiGroups: ["certificates.k8s.io"],
        resources: ["clustertrustbundles"],
        verbs: ["get", "list", "watch"],
      },
    ]);
  });

  test("is valid, and names everything once", () => {
    for (const each of clusterRoles) expect(clusterRole.validate?.(stored(each)), nameOf(each)).toEqual([]);
    for (const each of roles) expect(role.validate?.(stored(each)), nameOf(each)).toEqual([]);
    for (const each of clusterRoleBindings)
      expect(clusterRoleBinding.validate?.(stored(each)), nameOf(each)).toEqual([]);
    for (const each of roleBindings) expect(roleBinding.validate?.(stored(each)), nameOf(each)).toEqual([]);
    for (const list of [clusterRoles, clusterRoleBindings, roles, roleBindings]) {
      expect(new Set<string>(list.map(nameOf)).size).toBe(list.length);
    }
  });

  test("binds only roles that it has", () => {
    const known = new Set([...clusterRoles, ...roles].map(nameOf));
    for (const { metadata, roleRef } of [...clusterRoleBindings, ...roleBindings]) {
      const namespace = roleRef.kind === "Role" ? metadata.namespace : undefined;
      expect(known, metadata.name).toContain(
        nameOf({ metadata: { name: roleRef.name, ...(namespace !== undefined && { namespace }) } }),
      );
    }
  });

  test("is gathered from roles for people", () => {
    const labelled = clusterRoles.filter(
      ({ metadata }) => metadata.labels?.["rbac.authorization.k8s.io/aggregate-to-admin"] === "true",
    );
    expect(labelled.map(nameOf)).toEqual(["/edit", "/system:aggregate-to-admin"]);
    const admin = clusterRoles.find((each) => nameOf(each) === "/admin");
    expect(admin).toMatchObject({
      rules: [],
      aggregationRule: {
        clusterRoleSelectors: [{ matchLabels: { "rbac.authorization.k8s.io/aggregate-to-admin": "true" } }],
      },
      metadata: {
        labels: { "kubernetes.io/bootstrapping": "rbac-defaults" },
        annotations: { "rbac.authorization.kubernetes.io/autoupdate": "true" },
      },
    });
  });
});
