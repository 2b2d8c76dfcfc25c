/** What every cluster has from the start. */
import type { Namespace } from "#api/generated/core-v1.ts";
import type { PriorityClass } from "#api/generated/scheduling-v1.ts";
import type { NewObject } from "#apimachinery/meta.ts";

export const systemNamespaces: readonly NewObject<Namespace>[] = [
  "kube-system",
  "kube-public",
  "kube-node-lease",
  "default",
].map((name) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name }, spec: {} }));

export const systemPriorityClasses: readonly NewObject<PriorityClass>[] = [
  {
    apiVersion: "scheduling.k8s.io/v1",
    kind: "PriorityClass",
    metadata: { name: "system-node-critical" },
    value: 2_000_001_000,
    description: "Used for system critical pods that must not be moved from their current node.",
  },
  {
    apiVersion: "scheduling.k8s.io/v1",
    kind: "PriorityClass",
    metadata: { name: "system-cluster-critical" },
    value: 2_000_000_000,
    description:
      "Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.",
  },
];
