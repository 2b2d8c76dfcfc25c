import { beforeEach, describe, expect, test } from "bun:test";
import fc from "fast-check";
import type {
  ClusterRole,
  ClusterRoleBinding,
  PolicyRule,
  Role,
  RoleBinding,
  Subject,
} from "#api/generated/rbac-v1.ts";
import type { UserInfo } from "#apimachinery/user.ts";
import type { Authorizer, Decision } from "../authorizer.ts";
import { rbacAuthorizer } from "./rbac-authorizer.ts";
import { RoleIndex } from "./role-index.ts";

const API_VERSION = "rbac.authorization.k8s.io/v1";
const GROUP = "rbac.authorization.k8s.io";
const READ_PODS: PolicyRule = { verbs: ["get", "list"], apiGroups: [""], resources: ["pods"] };
const READ_URLS: PolicyRule = { verbs: ["get"], nonResourceURLs: ["/metrics"] };

const JANE: UserInfo = { name: "jane", groups: ["ops", "system:authenticated"] };
const BUILDER: UserInfo = { name: "system:serviceaccount:ci:builder", groups: ["system:serviceaccounts"] };

const jane: Subject = { apiGroup: GROUP, kind: "User", name: "jane" };
const ops: Subject = { apiGroup: GROUP, kind: "Group", name: "ops" };

function clusterRole(name: string, ...rules: readonly PolicyRule[]): ClusterRole {
  return { apiVersion: API_VERSION, kind: "ClusterRole", metadata: { name, uid: name }, rules };
}

function role(namespace: string, name: string, ...rules: readonly PolicyRule[]): Role {
  return { apiVersion: API_VERSION, kind: "Role", metadata: { name, namespace, uid: name }, rules };
}

function clusterBinding(name: string, to: string, ...subjects: readonly Subject[]): ClusterRoleBinding {
  return {
    apiVersion: API_VERSION,
    kind: "ClusterRoleBinding",
    metadata: { name, uid: name },
    roleRef: { apiGroup: GROUP, kind: "ClusterRole", name: to },
    subjects,
  };
}

/** `to` is `Role/reader` or `ClusterRole/reader`. */
function binding(namespace: string, name: string, to: string, ...subjects: readonly Subject[]): RoleBinding {
  const [kind = "", role = ""] = to.split("/");
  return {
    apiVersion: API_VERSION,
    kind: "RoleBinding",
    metadata: { name, namespace, uid: name },
    roleRef: { apiGroup: GROUP, kind, name: role },
    subjects,
  };
}

let index: RoleIndex;
let authorizer: Authorizer;
beforeEach(() => {
  index = new RoleIndex();
  authorizer = rbacAuthorizer(index);
});

function ask(user: UserInfo, verb: string, namespace: string, resource = "pods"): Decision {
  const attributes = { group: "", version: "v1", resource, subresource: "", namespace, name: "" };
  return authorizer.authorize({ type: "resource", user, verb, ...attributes }) as Decision;
}

describe("rbacAuthorizer", () => {
  test("a ClusterRoleBinding gives a ClusterRole everywhere, and paths", () => {
    index.putRole(clusterRole("reader", READ_PODS, READ_URLS));
    index.putBinding(clusterBinding("readers", "reader", jane));
    const reason = 'RBAC: allowed by ClusterRoleBinding "readers" of ClusterRole "reader" to User "jane"';
    expect(ask(JANE, "list", "")).toEqual({ outcome: "allow", reason });
    expect(ask(JANE, "get", "default")).toEqual({ outcome: "allow", reason });
    expect(ask(JANE, "delete", "default")).toEqual({ outcome: "noOpinion", reason: "" });
    expect(ask(BUILDER, "get", "default").outcome).toBe("noOpinion");
    const path = { type: "nonResource", user: JANE, verb: "get", path: "/metrics" } as const;
    expect(authorizer.authorize(path)).toEqual({ outcome: "allow", reason });
    expect(authorizer.authorize({ ...path, path: "/version" })).toEqual({ outcome: "noOpinion", reason: "" });
  });

  test("a RoleBinding gives a Role or ClusterRole in its namespace, and no paths", () => {
    index.putRole(clusterRole("reader", READ_PODS, READ_URLS));
    index.putRole(role("web", "viewer", { ...READ_PODS, resources: ["secrets"] }));
    index.putBinding(binding("web", "readers", "ClusterRole/reader", ops));
    index.putBinding(binding("web", "viewers", "Role/viewer", ops));
    expect(ask(JANE, "get", "web").reason).toBe(
      'RBAC: allowed by RoleBinding "readers/web" of ClusterRole "reader" to Group "ops"',
    );
    expect(ask(JANE, "get", "web", "secrets").outcome).toBe("allow");
    expect(ask(JANE, "get", "db").outcome).toBe("noOpinion");
    expect(ask(JANE, "get", "").outcome).toBe("noOpinion");
    const path = { type: "nonResource", user: JANE, verb: "get", path: "/metrics" } as const;
    expect(authorizer.authorize(path)).toEqual({ outcome: "noOpinion", reason: "" });
  });

  test("a Role of another namespace is another Role", () => {
    index.putRole(role("db", "reader", READ_PODS));
    index.putBinding(binding("web", "readers", "Role/reader", jane));
    expect(ask(JANE, "get", "web")).toEqual({
      outcome: "noOpinion",
      reason: 'RBAC: role.rbac.authorization.k8s.io "reader" not found',
    });
    expect(ask(JANE, "get", "db").outcome).toBe("noOpinion");
  });

  test("a service account is in the namespace of the binding unless its subject says otherwise", () => {
    index.putRole(clusterRole("reader", READ_PODS));
    index.putBinding(binding("ci", "own", "ClusterRole/reader", { kind: "ServiceAccount", name: "builder" }));
    index.putBinding(
      binding("web", "other", "ClusterRole/reader", {
        kind: "ServiceAccount",
        name: "builder",
        namespace: "ci",
      }),
    );
    index.putBinding(clusterBinding("none", "reader", { kind: "ServiceAccount", name: "builder" }));
    expect(ask(BUILDER, "get", "ci").reason).toBe(
      'RBAC: allowed by RoleBinding "own/ci" of ClusterRole "reader" to ServiceAccount "builder/ci"',
    );
    expect(ask(BUILDER, "get", "web").outcome).toBe("allow");
    expect(ask(BUILDER, "get", "db").outcome).toBe("noOpinion");
    expect(ask({ ...BUILDER, name: "builder" }, "get", "ci").outcome).toBe("noOpinion");
  });

  test("a name that is a user's is not a group's", () => {
    index.putRole(clusterRole("reader", READ_PODS));
    index.putBinding(clusterBinding("readers", "reader", { ...jane, name: "ops" }));
    expect(ask(JANE, "get", "").outcome).toBe("noOpinion");
    expect(ask({ name: "ops", groups: [] }, "get", "").outcome).toBe("allow");
  });

  test("says which roles it could not find, each once, unless another allows it", () => {
    index.putBinding(clusterBinding("a", "gone", jane));
    index.putBinding(clusterBinding("b", "gone", ops));
    index.putBinding(clusterBinding("c", "lost", jane));
    expect(ask(JANE, "get", "").reason).toBe(
      'RBAC: [clusterrole.rbac.authorization.k8s.io "gone" not found, clusterrole.rbac.authorization.k8s.io "lost" not found]',
    );
    expect(authorizer.rulesFor(JANE, "default")).toMatchObject({
      resourceRules: [],
      evaluationError:
        '[clusterrole.rbac.authorization.k8s.io "gone" not found, clusterrole.rbac.authorization.k8s.io "lost" not found]',
    });
    index.putRole(clusterRole("lost", READ_PODS));
    expect(ask(JANE, "get", "").outcome).toBe("allow");
  });

  test("lists what somebody may do in a namespace", () => {
    index.putRole(clusterRole("reader", READ_PODS, READ_URLS));
    index.putRole(role("web", "one", { ...READ_PODS, resourceNames: ["a"] }));
    index.putBinding(clusterBinding("readers", "reader", jane, ops));
    index.putBinding(binding("web", "ones", "Role/one", ops));
    const everywhere = { verbs: ["get", "list"], apiGroups: [""], resources: ["pods"] };
    const nonResourceRules = [{ verbs: ["get"], nonResourceURLs: ["/metrics"] }];
    expect(authorizer.rulesFor(JANE, "db")).toEqual({
      resourceRules: [everywhere],
      nonResourceRules,
      incomplete: false,
    });
    expect(authorizer.rulesFor(JANE, "web")).toEqual({
      resourceRules: [everywhere, { ...everywhere, resourceNames: ["a"] }],
      nonResourceRules,
      incomplete: false,
    });
  });
});

describe("RoleIndex", () => {
  test("follows every change of roles and bindings", () => {
    const readers = clusterBinding("readers", "reader", jane);
    index.putBinding(readers);
    expect(ask(JANE, "get", "").outcome).toBe("noOpinion");
    index.putRole(clusterRole("reader", READ_PODS));
    expect(ask(JANE, "get", "").outcome).toBe("allow");
    index.putRole(clusterRole("reader", { ...READ_PODS, verbs: ["list"] }));
    expect([ask(JANE, "get", "").outcome, ask(JANE, "list", "").outcome]).toEqual(["noOpinion", "allow"]);
    index.putBinding({ ...readers, subjects: [ops] });
    expect(ask({ name: "jane", groups: [] }, "list", "").outcome).toBe("noOpinion");
    expect(ask(JANE, "list", "").outcome).toBe("allow");
    index.removeBinding(readers);
    expect(ask(JANE, "list", "")).toEqual({ outcome: "noOpinion", reason: "" });
    index.putBinding(readers);
    index.removeRole(clusterRole("reader"));
    expect(ask(JANE, "list", "").outcome).toBe("noOpinion");
  });

  test("gives the same answers after changes as one that is filled with the result", () => {
    const names = fc.constantFrom("a", "b");
    const namespaces = fc.constantFrom("", "web");
    const change = fc.oneof(
      fc.record({
        type: fc.constantFrom("putRole", "removeRole"),
        namespace: namespaces,
        name: names,
        verb: names,
      }),
      fc.record({
        type: fc.constantFrom("putBinding", "removeBinding"),
        namespace: namespaces,
        name: names,
        role: names,
        subjects: fc.subarray([jane, ops]),
      }),
    );
    fc.assert(
      fc.property(fc.array(change, { maxLength: 30 }), (changes) => {
        const roles = new Map<string, Role | ClusterRole>();
        const bindings = new Map<string, RoleBinding | ClusterRoleBinding>();
        const followed = new RoleIndex();
        for (const each of changes) {
          const key = `${each.namespace}/${each.name}`;
          if ("verb" in each) {
            const rules = [{ ...READ_PODS, verbs: [each.verb] }];
            const { namespace, name } = each;
            const object = namespace === "" ? clusterRole(name, ...rules) : role(namespace, name, ...rules);
            if (each.type === "putRole") followed.putRole(object);
            else followed.removeRole(object);
            if (each.type === "putRole") roles.set(key, object);
            else roles.delete(key);
          } else {
            const { namespace, name, subjects } = each;
            const object =
              namespace === ""
                ? clusterBinding(name, each.role, ...subjects)
                : binding(namespace, name, `Role/${each.role}`, ...subjects);
            if (each.type === "putBinding") followed.putBinding(object);
            else followed.removeBinding(object);
            if (each.type === "putBinding") bindings.set(key, object);
            else bindings.delete(key);
          }
          // So that what was compiled before a change is there to go stale.
          void rbacAuthorizer(followed).authorize({ ...question("web"), verb: "a" });
        }
        const fresh = new RoleIndex();
        for (const each of roles.values()) fresh.putRole(each);
        for (const each of bindings.values()) fresh.putBinding(each);
        for (const namespace of ["", "web", "db"]) {
          for (const verb of ["a", "b"]) {
            const asked = { ...question(namespace), verb };
            expect(rbacAuthorizer(followed).authorize(asked)).toEqual(rbacAuthorizer(fresh).authorize(asked));
          }
          expect(followed.rulesFor(JANE, namespace)).toEqual(fresh.rulesFor(JANE, namespace));
        }
      }),
      { numRuns: 300 },
    );
  });
});

function question(namespace: string) {
  const what = { group: "", version: "v1", resource: "pods", subresource: "", namespace, name: "" };
  return { type: "resource", user: JANE, ...what } as const;
}
