/** The roles of v1.36 with its default features (kubernetes `plugin/pkg/auth/authorizer/rbac/bootstrappolicy`). */
import { allow, READ, RECORD_EVENTS, type RoleDeclaration } from "./declarations.ts";

export const namespaceRoles: readonly RoleDeclaration[] = [
  {
    name: "system:controller:bootstrap-signer",
    namespace: "kube-public",
    rules: [
      allow(READ, "core", "configmaps"),
      allow("update", "core", "configmaps", "cluster-info"),
      RECORD_EVENTS,
    ],
  },
  {
    name: "extension-apiserver-authentication-reader",
    namespace: "kube-system",
    rules: [allow(READ, "core", "configmaps", "extension-apiserver-authentication")],
  },
  {
    name: "system::leader-locking-kube-controller-manager",
    namespace: "kube-system",
    rules: [
      allow("create get list update watch", "coordination.k8s.io", "leases"),
      allow("create get list update watch", "coordination.k8s.io", "leasecandidates"),
    ],
  },
  {
    name: "system::leader-locking-kube-scheduler",
    namespace: "kube-system",
    rules: [
      allow("create get list update watch", "coordination.k8s.io", "leases"),
      allow("create get list update watch", "coordination.k8s.io", "leasecandidates"),
    ],
  },
  {
    name: "system:controller:bootstrap-signer",
    namespace: "kube-system",
    rules: [allow(READ, "core", "secrets")],
  },
  {
    name: "system:controller:cloud-provider",
    namespace: "kube-system",
    rules: [allow("create get list watch", "core", "configmaps")],
  },
  {
    name: "system:controller:token-cleaner",
    namespace: "kube-system",
    rules: [allow("delete get list watch", "core", "secrets"), RECORD_EVENTS],
  },
];
