import type { Kind } from "#api/kind.ts";
import { kinds as builtInKinds } from "#api/kinds.ts";
import type { BuiltInSchemas } from "#api/schemas.ts";
import type { Store } from "#store/store.ts";
import { KindRegistry } from "./registry/kind-registry.ts";
import { ClusterObjects } from "./storage/cluster-objects.ts";
import { ObjectStorage } from "./storage/object-storage.ts";

/** What is served and what is stored: all that reading needs, and what authenticators look things up in. */
export interface ClusterState {
  readonly registry: KindRegistry;
  readonly storage: ObjectStorage;
  readonly objects: ClusterObjects;
  readonly schemas: BuiltInSchemas;
}

export interface ClusterStateDependencies {
  readonly store: Store;
  readonly schemas: BuiltInSchemas;
  /** Default: all that are built in. */
  readonly kinds?: readonly Kind[];
}

export function createClusterState({
  store,
  schemas,
  kinds = builtInKinds,
}: ClusterStateDependencies): ClusterState {
  const registry = new KindRegistry(kinds, (resource) => schemas.ofResource(resource));
  const storage = new ObjectStorage(store);
  return { registry, storage, schemas, objects: new ClusterObjects(registry, storage) };
}
