import type { ObjectOf } from "#api/resource.ts";
import { isAlreadyExists, isConflict, isNotFound } from "#apimachinery/status-error.ts";
import type { Client } from "#client/client.ts";
import {
  type ConfigurationKind,
  FLOW_SCHEMA_STOCK,
  type MaintenanceAction,
  PRIORITY_LEVEL_STOCK,
  planMaintenance,
  type Stock,
} from "./plan-maintenance.ts";

/** Finds stored objects; see `ClusterObjects`. */
export interface FlowControlObjects {
  list<K extends ConfigurationKind>(kind: K): readonly ObjectOf<K>[];
}

/** Writes under the name that upstream's servers use for it. */
const OPTIONS = { fieldManager: "api-priority-and-fairness-config-producer-v1" };

/** Creates the flow control that clusters start with, as far as it is missing, and keeps it up to date. */
export async function ensureFlowControl(client: Client, objects: FlowControlObjects): Promise<void> {
  await ensure(client, PRIORITY_LEVEL_STOCK, objects);
  await ensure(client, FLOW_SCHEMA_STOCK, objects);
}

/** Everything is written at the same time, so that few commits hold it all. */
async function ensure<K extends ConfigurationKind>(
  client: Client,
  stock: Stock<K>,
  objects: FlowControlObjects,
): Promise<void> {
  const actions = planMaintenance(stock, objects.list(stock.kind));
  await Promise.all(actions.map((action) => carryOut(client, stock.kind, action)));
}

async function carryOut<K extends ConfigurationKind>(
  client: Client,
  kind: K,
  action: MaintenanceAction<ObjectOf<K>>,
): Promise<void> {
  try {
    switch (action.type) {
      case "create":
        await client.create(kind, action.object, OPTIONS);
        return;
      case "update":
        await client.update(kind, action.object, OPTIONS);
        return;
      case "delete":
        await client.delete(kind, { name: action.object.metadata.name });
    }
  } catch (error) {
    // Somebody else writes at the same time; the next look at it shows what is left to do.
    if (!isAlreadyExists(error) && !isConflict(error) && !isNotFound(error)) throw error;
  }
}
