/** Owners of fields between a workload and its scale (apimachinery `managedfields/scalehandler.go`). */
import { pathSet } from "#apimachinery/apply/field-manager.ts";
import { difference, type FieldSet, isEmptySet, overlaps } from "#apimachinery/apply/field-set.ts";
import {
  formatManagedFields,
  type ManagedEntry,
  type Manager,
  managerId,
  parseStoredFields,
  withFields,
} from "#apimachinery/apply/managed-fields.ts";
import type { ManagedFieldsEntry } from "#apimachinery/generated/meta-v1.ts";

/** In the scale. */
const REPLICAS = pathSet([["spec", "replicas"]]);

const SCALE_VERSION = "autoscaling/v1";

type Entries = readonly ManagedFieldsEntry[];

/**
 * Where each version of a resource has its number of replicas, that of the request first; undefined for a version that
 * cannot be scaled. Owners in other versions are forgotten.
 */
export type ReplicasPaths = ReadonlyMap<string, FieldSet | undefined>;

/** Those who own the number of replicas, as owners of fields of the scale. */
export function toScaleManagers(workload: Entries, paths: ReplicasPaths): Entries {
  const owners = [...parseStoredFields(workload).values()].filter((entry) => hasReplicas(entry, paths));
  const entries = owners.map(({ manager, time }) => {
    const scaler = { ...manager, apiVersion: SCALE_VERSION };
    return [managerId(scaler), { manager: scaler, fields: REPLICAS, time }] as const;
  });
  return formatManagedFields(new Map(entries));
}

/** The owners of the workload's fields after those of its scale have changed. */
export function fromScaleManagers(workload: Entries, scale: Entries, paths: ReplicasPaths): Entries {
  const scalers = new Map(
    [...parseStoredFields(scale)].filter(([, { fields }]) => overlaps(fields, REPLICAS)),
  );
  const managed = new Map<string, ManagedEntry>();
  for (const [id, entry] of parseStoredFields(workload)) {
    if (!paths.has(entry.manager.apiVersion)) continue;
    // Who owned the replicas before owns them now, or has lost them to somebody.
    const isKept = !hasReplicas(entry, paths) || scalers.delete(scalerId(entry.manager));
    const path = paths.get(entry.manager.apiVersion) ?? REPLICAS;
    const fields = isKept ? entry.fields : difference(entry.fields, path);
    if (!isEmptySet(fields)) managed.set(id, withFields(entry, fields));
  }
  const [[apiVersion, path = REPLICAS] = ["", REPLICAS]] = paths;
  for (const { manager } of scalers.values()) {
    const owner = { ...manager, apiVersion };
    const id = managerId(owner);
    // Upstream does not note a time either.
    if (!managed.has(id)) managed.set(id, { manager: owner, fields: path, time: undefined });
  }
  return formatManagedFields(managed);
}

function hasReplicas({ fields, manager }: ManagedEntry, paths: ReplicasPaths): boolean {
  const path = paths.get(manager.apiVersion);
  return path !== undefined && overlaps(fields, path);
}

function scalerId(manager: Manager): string {
  return managerId({ ...manager, apiVersion: SCALE_VERSION });
}
