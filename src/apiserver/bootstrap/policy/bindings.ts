/** Who has which role of v1.36 (kubernetes `plugin/pkg/auth/authorizer/rbac/bootstrappolicy`). */
import { account, type BindingDeclaration, group, user } from "./declarations.ts";

export const clusterRoleBindings: readonly BindingDeclaration[] = [
  { name: "cluster-admin", subjects: [group("system:masters")] },
  { name: "system:basic-user", subjects: [group("system:authenticated")] },
  { name: "system:discovery", subjects: [group("system:authenticated")] },
  { name: "system:kube-controller-manager", subjects: [user("system:kube-controller-manager")] },
  { name: "system:kube-dns", subjects: [account("kube-dns")] },
  { name: "system:kube-scheduler", subjects: [user("system:kube-scheduler")] },
  { name: "system:monitoring", subjects: [group("system:monitoring")] },
  { name: "system:node", subjects: [] },
  { name: "system:node-proxier", subjects: [user("system:kube-proxy")] },
  {
    name: "system:public-info-viewer",
    subjects: [group("system:authenticated"), group("system:unauthenticated")],
  },
  { name: "system:service-account-issuer-discovery", subjects: [group("system:serviceaccounts")] },
  { name: "system:volume-scheduler", subjects: [user("system:kube-scheduler")] },
];

export const namespaceRoleBindings: readonly BindingDeclaration[] = [
  {
    name: "system:controller:bootstrap-signer",
    namespace: "kube-public",
    subjects: [account("bootstrap-signer")],
  },
  {
    name: "system::extension-apiserver-authentication-reader",
    namespace: "kube-system",
    role: "extension-apiserver-authentication-reader",
    subjects: [user("system:kube-controller-manager"), user("system:kube-scheduler")],
  },
  {
    name: "system::leader-locking-kube-controller-manager",
    namespace: "kube-system",
    subjects: [user("system:kube-controller-manager"), account("kube-controller-manager")],
  },
  {
    name: "system::leader-locking-kube-scheduler",
    namespace: "kube-system",
    subjects: [user("system:kube-scheduler"), account("kube-scheduler")],
  },
  {
    name: "system:controller:bootstrap-signer",
    namespace: "kube-system",
    subjects: [account("bootstrap-signer")],
  },
  {
    name: "system:controller:cloud-provider",
    namespace: "kube-system",
    subjects: [account("cloud-provider")],
  },
  { name: "system:controller:token-cleaner", namespace: "kube-system", subjects: [account("token-cleaner")] },
];
