import { keyPath } from "#apimachinery/field-error.ts";
import { ageColumn, nameColumn, textColumn, wideColumn } from "../../columns.ts";
import { fillAbsent, fillField, fillZero, mapField } from "../../defaulting.ts";
import type {
  PersistentVolume,
  PersistentVolumeSpec,
  PersistentVolumeStatus,
} from "../../generated/core-v1.ts";
import { defineKind, type WriteContext } from "../../kind.ts";
import { nodeTermWarnings } from "../../validation/node-labels.ts";
import {
  MOUNT_OPTIONS_ANNOTATION,
  validatePersistentVolume,
  validatePersistentVolumeStatus,
  validatePersistentVolumeUpdate,
} from "./persistentvolume.validation.ts";
import { SHARED_SOURCE_DEFAULTS } from "./pod-spec/volume-defaults.ts";
import { roundResourceList } from "./resource-list-defaults.ts";
import { BETA_STORAGE_CLASS_ANNOTATION, formatAccessModes, storageClassOf } from "./storage-fields.ts";

const DEPRECATED_ANNOTATIONS: Readonly<Record<string, string>> = {
  [BETA_STORAGE_CLASS_ANNOTATION]: 'deprecated since v1.8; use "storageClassName" attribute instead',
  [MOUNT_OPTIONS_ANNOTATION]: 'deprecated since v1.31; use "mountOptions" attribute instead',
};

const DEPRECATED_SOURCES: readonly (readonly [keyof PersistentVolumeSpec, string])[] = [
  ["cephfs", "spec.cephfs: deprecated in v1.28, non-functional in v1.31+"],
  ["photonPersistentDisk", "spec.photonPersistentDisk: deprecated in v1.11, non-functional in v1.16+"],
  ["scaleIO", "spec.scaleIO: deprecated in v1.16, non-functional in v1.22+"],
  ["storageos", "spec.storageOS: deprecated in v1.22, non-functional in v1.25+"],
  ["glusterfs", "spec.glusterfs: deprecated in v1.25, non-functional in v1.26+"],
  ["rbd", "spec.rbd: deprecated in v1.28, non-functional in v1.31+"],
];

export const persistentVolume = defineKind<PersistentVolume>(
  { apiVersion: "v1", kind: "PersistentVolume" },
  {
    columns: [
      nameColumn,
      textColumn("Capacity", ({ spec }) => spec.capacity?.["storage"] ?? "0"),
      textColumn("Access Modes", ({ spec }) => formatAccessModes(spec.accessModes)),
      textColumn("Reclaim Policy", ({ spec }) => spec.persistentVolumeReclaimPolicy ?? ""),
      textColumn("Status", ({ metadata, status }) =>
        (metadata.deletionTimestamp ?? null) === null ? (status?.phase ?? "") : "Terminating",
      ),
      textColumn("Claim", ({ spec: { claimRef } }) =>
        claimRef === undefined ? "" : `${claimRef.namespace ?? ""}/${claimRef.name ?? ""}`,
      ),
      textColumn("StorageClass", storageClassOf),
      textColumn("VolumeAttributesClass", ({ spec }) => spec.volumeAttributesClassName ?? "<unset>"),
      textColumn("Reason", ({ status }) => status?.reason ?? ""),
      ageColumn,
      wideColumn("VolumeMode", ({ spec }) => spec.volumeMode ?? "<unset>"),
    ],
    setDefaults: (object) =>
      fillField(mapField(object, "spec", setSpecDefaults), "status", { phase: "Pending" }),
    prepareForCreate: (object, { now }) => ({
      ...object,
      status: { phase: "Pending", lastPhaseTransitionTime: now },
    }),
    prepareForStatusUpdate: setTransitionTime,
    validate: validatePersistentVolume,
    validateUpdate: validatePersistentVolumeUpdate,
    validateStatusUpdate: validatePersistentVolumeStatus,
    warnings: volumeWarnings,
    hasGeneration: false,
  },
);

function setSpecDefaults(spec: PersistentVolumeSpec): PersistentVolumeSpec {
  let next: PersistentVolumeSpec = fillZero(spec, { persistentVolumeReclaimPolicy: "Retain" });
  next = fillAbsent(next, { volumeMode: "Filesystem" });
  next = mapField(next, "capacity", roundResourceList);
  next = mapField(next, "azureDisk", SHARED_SOURCE_DEFAULTS.azureDisk);
  next = mapField(next, "hostPath", SHARED_SOURCE_DEFAULTS.hostPath);
  next = mapField(next, "iscsi", SHARED_SOURCE_DEFAULTS.iscsi);
  next = mapField(next, "rbd", SHARED_SOURCE_DEFAULTS.rbd);
  return mapField(next, "scaleIO", SHARED_SOURCE_DEFAULTS.scaleIO);
}

/** The time of a phase is when it began, unless the writer of the status knows better. */
function setTransitionTime(
  next: PersistentVolume,
  previous: PersistentVolume,
  { now }: WriteContext,
): PersistentVolume {
  const before = previous.status?.lastPhaseTransitionTime ?? null;
  const after = next.status?.lastPhaseTransitionTime ?? null;
  const isChanged = next.status?.phase !== previous.status?.phase;
  if (isChanged && (after === null || after === before)) return withTransitionTime(next, now);
  return !isChanged && after === null && before !== null ? withTransitionTime(next, before) : next;
}

function withTransitionTime(volume: PersistentVolume, lastPhaseTransitionTime: string): PersistentVolume {
  const status: PersistentVolumeStatus = { ...volume.status, lastPhaseTransitionTime };
  return { ...volume, status };
}

function volumeWarnings({ metadata, spec }: PersistentVolume): readonly string[] {
  const terms = spec.nodeAffinity?.required?.nodeSelectorTerms ?? [];
  const policyPath = "spec.persistentVolumeReclaimPolicy";
  return [
    ...Object.entries(DEPRECATED_ANNOTATIONS)
      .filter(([key]) => metadata.annotations?.[key] !== undefined)
      .map(([key, message]) => `${keyPath("metadata.annotations", key)}: ${message}`),
    ...(spec.persistentVolumeReclaimPolicy === "Recycle"
      ? [
          `${policyPath}: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.`,
        ]
      : []),
    ...terms.flatMap((term, index) =>
      nodeTermWarnings(term, `spec.nodeAffinity.required.nodeSelectorTerms[${String(index)}]`, {
        checkValues: false,
      }),
    ),
    ...DEPRECATED_SOURCES.filter(([source]) => spec[source] !== undefined).map(([, message]) => message),
  ];
}
