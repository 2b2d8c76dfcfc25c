import type { ReplicaSet, StatefulSet } from "#api/generated/apps-v1.ts";
import type { Namespace, ReplicationController, Service } from "#api/generated/core-v1.ts";
import type { PodDisruptionBudget } from "#api/generated/policy-v1.ts";

/** The objects of one kind as they are known now. An informer is one. */
export interface Lister<T> {
  /** The namespace is empty for cluster-scoped kinds. */
  get(namespace: string, name: string): T | undefined;
  /** All objects, of one namespace when given. */
  list(namespace?: string): readonly T[];
}

/** What plugins read besides pods and nodes. */
export interface Listers {
  readonly namespaces: Lister<Namespace>;
  readonly podDisruptionBudgets: Lister<PodDisruptionBudget>;
  readonly replicaSets: Lister<ReplicaSet>;
  readonly replicationControllers: Lister<ReplicationController>;
  readonly services: Lister<Service>;
  readonly statefulSets: Lister<StatefulSet>;
}
