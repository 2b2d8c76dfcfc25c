/** Owners of fields between a workload and its scale (apimachinery `managedfields/scalehandler.go`). */
import { pathSet } from "#apimachinery/apply/field-manager.ts";
import { difference, isEmptySet, overlaps } from "#apimachinery/apply/field-set.ts";
import {
  formatManagedFields,
  type ManagedEntry,
  type Manager,
  managerId,
  parseStoredFields,
  withFields,
} from "#apimachinery/apply/managed-fields.ts";
import type { ManagedFieldsEntry } from "#apimachinery/generated/meta-v1.ts";

/** In the scale, and in everything that can be scaled. */
const REPLICAS = pathSet([["spec", "replicas"]]);

const SCALE_VERSION = "autoscaling/v1";

type Entries = readonly ManagedFieldsEntry[];

/** Those who own the number of replicas, as owners of fields of the scale. */
export function toScaleManagers(workload: Entries, versions: readonly string[]): Entries {
  const owners = [...parseStoredFields(workload).values()].filter(
    (entry) => versions.includes(entry.manager.apiVersion) && hasReplicas(entry),
  );
  const entries = owners.map(({ manager, time }) => {
    const scaler = { ...manager, apiVersion: SCALE_VERSION };
    return [managerId(scaler), { manager: scaler, fields: REPLICAS, time }] as const;
  });
  return formatManagedFields(new Map(entries));
}

/** The owners of the workload's fields after those of its scale have changed. `versions` starts with the present one. */
export function fromScaleManagers(workload: Entries, scale: Entries, versions: readonly string[]): Entries {
  const scalers = new Map([...parseStoredFields(scale)].filter(([, entry]) => hasReplicas(entry)));
  const managed = new Map<string, ManagedEntry>();
  for (const [id, entry] of parseStoredFields(workload)) {
    if (!versions.includes(entry.manager.apiVersion)) continue;
    // Who owned the replicas before owns them now, or has lost them to somebody.
    const isKept = !hasReplicas(entry) || scalers.delete(scalerId(entry.manager));
    const fields = isKept ? entry.fields : difference(entry.fields, REPLICAS);
    if (!isEmptySet(fields)) managed.set(id, withFields(entry, fields));
  }
  const [apiVersion = ""] = versions;
  for (const { manager } of scalers.values()) {
    const owner = { ...manager, apiVersion };
    const id = managerId(owner);
    // Upstream does not note a time either.
    if (!managed.has(id)) managed.set(id, { manager: owner, fields: REPLICAS, time: undefined });
  }
  return formatManagedFields(managed);
}

function hasReplicas({ fields }: ManagedEntry): boolean {
  return overlaps(fields, REPLICAS);
}

function scalerId(manager: Manager): string {
  return managerId({ ...manager, apiVersion: SCALE_VERSION });
}
