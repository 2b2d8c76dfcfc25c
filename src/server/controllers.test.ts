import { expect, test } from "bun:test";
import { FEATURES } from "#api/features.ts";
import type { PolicyRule, RoleBinding } from "#api/generated/rbac-v1.ts";
import { type KindName, resourceOf } from "#api/resource.ts";
import { ruleAllows } from "#apiserver/authorization/rbac/policy-rules.ts";
import { bootstrapPolicy } from "#apiserver/bootstrap/policy/policy.ts";
import { unchanging } from "#base/changing.ts";
import { clusterControllers } from "./controllers.ts";
import { controllerIdentity } from "./identities.ts";

const controllers = clusterControllers(
  {
    clusterCidr: "10.42.0.0/16",
    featureGates: [{ feature: "ClusterTrustBundle", isEnabled: true }],
    runtimeConfig: [{ api: "certificates.k8s.io/v1beta1", isEnabled: true }],
    nodeCidrMaskSizeIPv4: 24,
    nodeCidrMaskSizeIPv6: 64,
    nodeName: "n1",
    legacyServiceAccountTokenCleanUpPeriodMs: 1,
  },
  { rootCA: unchanging(""), requests: { sign: () => "", lifetimeMs: 0 }, signToken: () => "" },
);
const { clusterRoles, clusterRoleBindings, roles, roleBindings } = bootstrapPolicy(new Set(FEATURES));

/** What the service account that a controller is may do, be it in `kube-system` alone. */
function rulesOf(userName: string) {
  const account = userName.split(":").at(-1);
  const isBound = ({ subjects = [] }: Pick<RoleBinding, "subjects">): boolean =>
    subjects.some(({ kind, name }) => (kind === "ServiceAccount" ? name === account : name === userName));
  return [
    ...clusterRoleBindings.filter(isBound).flatMap((binding) => rulesIn(clusterRoles, binding)),
    ...roleBindings.filter(isBound).flatMap((binding) => rulesIn(roles, binding)),
  ];
}

interface DeclaredRole {
  readonly metadata: { readonly name?: string };
  readonly rules: readonly PolicyRule[];
}

function rulesIn(declared: readonly DeclaredRole[], { roleRef }: Pick<RoleBinding, "roleRef">) {
  return declared.filter(({ metadata }) => metadata.name === roleRef.name).flatMap(({ rules }) => rules);
}

test.each(controllers.map((controller) => [controller.name, controller] as const))(
  "%s may write what it declares",
  (_name, controller) => {
    const user = controllerIdentity(controller);
    const rules = rulesOf(user.name);
    for (const write of controller.writes.filter((each) => each !== "*")) {
      const [kind = "", subresource = ""] = write.split("/");
      const { group, name: resource } = resourceOf(kind as KindName);
      const target = { group, version: "v1", resource, subresource, namespace: "", name: "" };
      const isAllowed = ["create", "update", "patch", "delete"].some((verb) =>
        rules.some((rule) => ruleAllows(rule, { type: "resource", user, verb, ...target })),
      );
      expect(isAllowed, `${user.name} ${write}`).toBe(true);
    }
  },
);
