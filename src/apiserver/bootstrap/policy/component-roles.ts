/** What parts of Kubelith need that no role of Kubernetes gives. */
import {
  account,
  allow,
  type BindingDeclaration,
  group,
  type RoleDeclaration,
  urls,
  user,
} from "./declarations.ts";

/** The user as whom the nodes' DNS servers work. */
const CLUSTER_DNS = user("system:kubelith:cluster-dns");

/** What CoreDNS asks for in other clusters, and what nodes open their tunnels with. */
export const componentClusterRoles: readonly RoleDeclaration[] = [
  {
    name: "system:kubelith:cluster-dns",
    rules: [
      allow("list watch", "core", "namespaces nodes services"),
      allow("list watch", "discovery.k8s.io", "endpointslices"),
    ],
  },
  { name: "system:kubelith:tunnel", rules: [urls("get", "/v1-kubelith/connect")] },
];

export const componentClusterRoleBindings: readonly BindingDeclaration[] = [
  { name: "system:kubelith:cluster-dns", subjects: [CLUSTER_DNS] },
  { name: "system:kubelith:tunnel", subjects: [group("system:nodes")] },
];

/**
 * Each node puts its own DNS server behind the Service `kube-dns`, as itself so that it does so with no other's, and follows the authority of servers.
 * Passwords of nodes belong to their Nodes. Since when uses of tokens are noted, the API server itself writes upstream.
 */
export const componentRoles: readonly RoleDeclaration[] = [
  {
    name: "system:controller:legacy-token-tracking-controller",
    namespace: "kube-system",
    rules: [
      allow("create", "core", "configmaps"),
      allow("update", "core", "configmaps", "kube-apiserver-legacy-service-account-token-tracking"),
    ],
  },
  {
    name: "system:controller:node-password-controller",
    namespace: "kube-system",
    rules: [allow("patch", "core", "secrets")],
  },
  {
    name: "system:kubelith:cluster-dns",
    namespace: "kube-system",
    rules: [allow("list watch", "core", "configmaps", "coredns-custom")],
  },
  {
    name: "system:kubelith:dns-endpoints",
    namespace: "kube-system",
    rules: [allow("create patch", "discovery.k8s.io", "endpointslices")],
  },
  {
    name: "system:kubelith:root-ca",
    namespace: "kube-system",
    rules: [allow("list watch", "core", "configmaps", "kube-root-ca.crt")],
  },
];

export const componentRoleBindings: readonly BindingDeclaration[] = [
  {
    name: "system:controller:legacy-token-tracking-controller",
    namespace: "kube-system",
    subjects: [account("legacy-token-tracking-controller")],
  },
  {
    name: "system:controller:node-password-controller",
    namespace: "kube-system",
    subjects: [account("node-password-controller")],
  },
  { name: "system:kubelith:cluster-dns", namespace: "kube-system", subjects: [CLUSTER_DNS] },
  { name: "system:kubelith:dns-endpoints", namespace: "kube-system", subjects: [group("system:nodes")] },
  { name: "system:kubelith:root-ca", namespace: "kube-system", subjects: [group("system:nodes")] },
];
