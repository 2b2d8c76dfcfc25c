/** The contents that a claim begins with, which two fields can name (KEP-1495; `pkg/api/persistentvolumeclaim/util.go`). */
import { omit } from "#base/omit.ts";
import type {
  PersistentVolumeClaimSpec,
  TypedLocalObjectReference,
  TypedObjectReference,
} from "../../generated/core-v1.ts";

/** Drops what cannot be named in its field, and then fills the one field from the other. */
export function normalizeDataSources(
  next: PersistentVolumeClaimSpec,
  previous?: PersistentVolumeClaimSpec,
): PersistentVolumeClaimSpec {
  return fillOther(dropForeignKinds(dropOtherNamespaces(next, previous), previous));
}

/** Gate CrossNamespaceVolumeDataSource. */
function dropOtherNamespaces(
  next: PersistentVolumeClaimSpec,
  previous: PersistentVolumeClaimSpec | undefined,
): PersistentVolumeClaimSpec {
  const isElsewhere = (next.dataSourceRef?.namespace ?? "") !== "";
  return isElsewhere && previous?.dataSourceRef === undefined ? omit(next, "dataSourceRef") : next;
}

/** The older field has always ignored everything but claims and snapshots. */
function dropForeignKinds(
  next: PersistentVolumeClaimSpec,
  previous: PersistentVolumeClaimSpec | undefined,
): PersistentVolumeClaimSpec {
  const { dataSource, dataSourceRef } = next;
  const hadSource = previous?.dataSource !== undefined || previous?.dataSourceRef !== undefined;
  if (dataSource === undefined || dataSourceRef !== undefined || hadSource) return next;
  return isClaimOrSnapshot(dataSource) ? next : omit(next, "dataSource");
}

function isClaimOrSnapshot({ kind, apiGroup = "" }: TypedLocalObjectReference): boolean {
  if (apiGroup === "") return kind === "PersistentVolumeClaim";
  return kind === "VolumeSnapshot" && apiGroup === "snapshot.storage.k8s.io";
}

function fillOther(spec: PersistentVolumeClaimSpec): PersistentVolumeClaimSpec {
  const { dataSource, dataSourceRef } = spec;
  if (dataSource !== undefined && dataSourceRef === undefined) return { ...spec, dataSourceRef: dataSource };
  if (dataSourceRef === undefined || dataSource !== undefined) return spec;
  const isElsewhere = (dataSourceRef.namespace ?? "") !== "";
  return isElsewhere ? spec : { ...spec, dataSource: withoutNamespace(dataSourceRef) };
}

function withoutNamespace(reference: TypedObjectReference): TypedLocalObjectReference {
  return omit(reference, "namespace");
}
