import type { Finding } from "./finding.ts";

/** Points that are decided by how Kubelith is built, and leave an operator nothing to set, by the reason for it. */
const REASONS: Readonly<Record<string, readonly (readonly [point: string, subject: string])[]>> = {
  "no part of the control plane is a pod": [
    ["1.1.1", "permissions of the API server's pod"],
    ["1.1.2", "owner of the API server's pod"],
    ["1.1.3", "permissions of the controller manager's pod"],
    ["1.1.4", "owner of the controller manager's pod"],
    ["1.1.5", "permissions of the scheduler's pod"],
    ["1.1.6", "owner of the scheduler's pod"],
    ["1.1.7", "permissions of etcd's pod"],
    ["1.1.8", "owner of etcd's pod"],
  ],
  "scheduler and controllers are in the server's process and need no kubeconfig": [
    ["1.1.15", "permissions of the scheduler's kubeconfig"],
    ["1.1.16", "owner of the scheduler's kubeconfig"],
    ["1.1.17", "permissions of the controller manager's kubeconfig"],
    ["1.1.18", "owner of the controller manager's kubeconfig"],
  ],
  "the server has a certificate of its own for kubelets, always": [
    ["1.2.4", "the server shows kubelets a certificate"],
  ],
  "kubelets without a certificate of the server's authority are refused, always": [
    ["1.2.5", "the server verifies kubelets"],
  ],
  "tokens of accounts that are gone are refused, always": [["1.2.21", "accounts of tokens are looked up"]],
  "the server has a key of its own for the tokens of accounts": [
    ["1.2.22", "tokens of accounts have a key of their own"],
    ["1.3.4", "the key that signs tokens of accounts"],
  ],
  "the data store is in the server's process and has no port": [
    ["1.2.23", "the server shows etcd a certificate"],
    ["1.2.26", "the server verifies etcd"],
    ["2.1", "etcd has a certificate"],
    ["2.2", "etcd wants certificates of clients"],
    ["2.3", "etcd makes no certificate for itself"],
    ["2.4", "members of etcd have certificates"],
    ["2.5", "members of etcd want certificates of each other"],
    ["2.6", "members of etcd make no certificates for themselves"],
    ["2.7", "etcd has an authority of its own"],
  ],
  "the API is served over TLS alone": [["1.2.24", "the API server has a certificate"]],
  "clients are known by certificates of the client authority, always": [
    ["1.2.25", "the API server has an authority for clients"],
  ],
  "finished pods are collected above 12500, the default of Kubernetes": [
    ["1.3.1", "finished pods are collected"],
  ],
  "scheduler and controllers serve nothing of their own": [
    ["1.3.2", "controllers cannot be profiled"],
    ["1.3.7", "where the controller manager listens"],
    ["1.4.1", "the scheduler cannot be profiled"],
    ["1.4.2", "where the scheduler listens"],
  ],
  "each controller works as its own account, always": [["1.3.3", "controllers have accounts of their own"]],
  "pods are given the server's authority, always": [["1.3.5", "pods can verify the API"]],
  "nodes renew their certificates, always": [
    ["1.3.6", "serving certificates of kubelets are renewed"],
    ["4.2.10", "the kubelet renews its client certificate"],
    ["4.2.11", "the kubelet renews its serving certificate"],
  ],
  "who uses which credentials cannot be seen from here": [
    ["3.1.2", "users do not use tokens of service accounts"],
    ["3.1.3", "users do not use bootstrap tokens"],
  ],
  "the service proxy is in the node's process and needs no kubeconfig": [
    ["4.1.3", "permissions of the proxy's kubeconfig"],
    ["4.1.4", "owner of the proxy's kubeconfig"],
  ],
  "the kubelet lets the API server's certificate in and nothing else, always": [
    ["4.2.2", "requests to the kubelet are authorized"],
    ["4.2.3", "the kubelet has an authority for clients"],
  ],
  "the kubelet makes no chains, and the service proxy its own": [
    ["4.2.6", "the kubelet looks after iptables"],
  ],
  "the kubelet serves TLS alone": [["4.2.9", "the kubelet has a certificate"]],
  "nodes run Linux": [["5.2.10", "no Windows HostProcess containers"]],
  "what secrets are kept elsewhere cannot be seen from here": [["5.4.2", "secrets are kept outside"]],
  "which borders the cluster needs is up to its administrator": [
    ["5.6.1", "namespaces are borders between tenants"],
  ],
};

export const INAPPLICABLE: readonly Finding[] = Object.entries(REASONS).flatMap(([reason, points]) =>
  points.map(([point, subject]) => ({ point, subject, result: "not applicable", reason }) as const),
);
