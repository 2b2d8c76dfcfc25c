import { formatApiVersion, type GroupVersion } from "#apimachinery/meta.ts";

/** Where a group version stands in discovery; the higher, the further in front. */
export interface Priorities {
  /** Of the group among the groups: that of its version with the highest one. */
  readonly group: number;
  /** Of the version among those of its group. */
  readonly version: number;
}

/** Those of kube-apiserver (kubernetes `pkg/controlplane/apiserver/aggregator.go`, `cmd/kube-apiserver/app`). */
const BUILT_IN: Readonly<Record<string, Priorities>> = {
  v1: { group: 18000, version: 1 },
  "apps/v1": { group: 17800, version: 15 },
  "events.k8s.io/v1": { group: 17750, version: 15 },
  "authentication.k8s.io/v1": { group: 17700, version: 15 },
  "authorization.k8s.io/v1": { group: 17600, version: 15 },
  "autoscaling/v1": { group: 17500, version: 15 },
  "autoscaling/v2": { group: 17500, version: 30 },
  "batch/v1": { group: 17400, version: 15 },
  "certificates.k8s.io/v1": { group: 17300, version: 15 },
  "certificates.k8s.io/v1beta1": { group: 17300, version: 9 },
  "networking.k8s.io/v1": { group: 17200, version: 15 },
  "policy/v1": { group: 17100, version: 15 },
  "rbac.authorization.k8s.io/v1": { group: 17000, version: 15 },
  "storage.k8s.io/v1": { group: 16800, version: 15 },
  "admissionregistration.k8s.io/v1": { group: 16700, version: 15 },
  "apiextensions.k8s.io/v1": { group: 16700, version: 15 },
  "scheduling.k8s.io/v1": { group: 16600, version: 15 },
  "coordination.k8s.io/v1": { group: 16500, version: 15 },
  "node.k8s.io/v1": { group: 16300, version: 15 },
  "discovery.k8s.io/v1": { group: 16200, version: 15 },
  "resource.k8s.io/v1": { group: 16200, version: 20 },
  "flowcontrol.apiserver.k8s.io/v1": { group: 16100, version: 21 },
};

/** Kubernetes `crdregistration`: equal ones, so that the names of versions decide. */
export const CUSTOM_PRIORITIES: Priorities = { group: 1000, version: 100 };

/** Undefined for a group version that Kubernetes registers no APIService for. */
export function builtInPriorities(groupVersion: GroupVersion): Priorities | undefined {
  return BUILT_IN[formatApiVersion(groupVersion)];
}
