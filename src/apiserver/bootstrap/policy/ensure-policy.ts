import type { ObjectOf } from "#api/resource.ts";
import type { NewObject } from "#apimachinery/meta.ts";
import { isAlreadyExists, isConflict, isNotFound } from "#apimachinery/status-error.ts";
import type { Client, ObjectName } from "#client/client.ts";
import { type PolicyAction, planBinding, planRole } from "./plan-policy.ts";
import type { BootstrapPolicy } from "./policy.ts";

type PolicyKind = "ClusterRole" | "ClusterRoleBinding" | "Role" | "RoleBinding";

/** How often an object is looked at again that others write at the same time (upstream's `ReconcileRoleOptions`). */
const MAX_ATTEMPTS = 3;

/** Finds stored objects; see `ClusterObjects`. */
export interface PolicyObjects {
  get<K extends PolicyKind>(kind: K, name: ObjectName): ObjectOf<K> | undefined;
}

/**
 * Creates the roles and bindings of every cluster that are missing and completes the others. Everything is written at
 * the same time, so that few commits hold it all; when nothing is missing, nothing is written.
 */
export async function ensurePolicy(
  client: Client,
  objects: PolicyObjects,
  policy: BootstrapPolicy,
): Promise<void> {
  const { clusterRoles, clusterRoleBindings, roles, roleBindings } = policy;
  await Promise.all([
    ...clusterRoles.map((role) => ensure(client, objects, "ClusterRole", role, planRole)),
    ...roles.map((role) => ensure(client, objects, "Role", role, planRole)),
    ...clusterRoleBindings.map((each) => ensure(client, objects, "ClusterRoleBinding", each, planBinding)),
    ...roleBindings.map((each) => ensure(client, objects, "RoleBinding", each, planBinding)),
  ]);
}

async function ensure<K extends PolicyKind>(
  client: Client,
  objects: PolicyObjects,
  kind: K,
  wanted: NewObject<ObjectOf<K>>,
  plan: (
    wanted: NewObject<ObjectOf<K>>,
    present: ObjectOf<K> | undefined,
  ) => PolicyAction<ObjectOf<K>> | undefined,
): Promise<void> {
  const name = nameOf(wanted);
  for (let attempt = 1; ; attempt += 1) {
    const action = plan(wanted, objects.get(kind, name));
    if (action === undefined) return;
    try {
      await carryOut(client, kind, action);
      return;
    } catch (error) {
      const isRace = isAlreadyExists(error) || isConflict(error) || isNotFound(error);
      if (!isRace || attempt === MAX_ATTEMPTS) throw error;
    }
  }
}

async function carryOut<K extends PolicyKind>(
  client: Client,
  kind: K,
  action: PolicyAction<ObjectOf<K>>,
): Promise<void> {
  if (action.type === "update") {
    await client.update(kind, action.object);
    return;
  }
  if (action.type === "replace") {
    const { uid } = action.present.metadata;
    await client.delete(kind, nameOf(action.present), { preconditions: { uid } });
  }
  await client.create(kind, action.object);
}

function nameOf({
  metadata: { namespace = "", name = "" },
}: {
  readonly metadata: { readonly namespace?: string; readonly name?: string };
}): ObjectName {
  return namespace === "" ? { name } : { namespace, name };
}
