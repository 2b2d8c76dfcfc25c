import { keyPath } from "#apimachinery/field-error.ts";
import { ageColumn, nameColumn, textColumn, wideColumn } from "../../columns.ts";
import { fillField, mapField } from "../../defaulting.ts";
import type { PersistentVolumeClaim } from "../../generated/core-v1.ts";
import { defineKind } from "../../kind.ts";
import { normalizeDataSources } from "./claim-data-sources.ts";
import { validateClaimSpec, validateClaimStatusUpdate } from "./persistentvolumeclaim.validation.ts";
import { claimSpecWarnings } from "./persistentvolumeclaim.warnings.ts";
import { validateClaimUpdate } from "./persistentvolumeclaim-update.validation.ts";
import { setClaimSpecDefaults } from "./pod-spec/volume-defaults.ts";
import { roundResourceList } from "./resource-list-defaults.ts";
import { BETA_STORAGE_CLASS_ANNOTATION, formatAccessModes, storageClassOf } from "./storage-fields.ts";

export const persistentVolumeClaim = defineKind<PersistentVolumeClaim>(
  { apiVersion: "v1", kind: "PersistentVolumeClaim" },
  {
    columns: [
      nameColumn,
      textColumn("Status", ({ metadata, status }) =>
        (metadata.deletionTimestamp ?? null) === null ? (status?.phase ?? "") : "Terminating",
      ),
      textColumn("Volume", ({ spec }) => spec.volumeName ?? ""),
      textColumn("Capacity", (object) =>
        hasVolume(object) ? (object.status?.capacity?.["storage"] ?? "0") : "",
      ),
      textColumn("Access Modes", (object) =>
        hasVolume(object) ? formatAccessModes(object.status?.accessModes) : "",
      ),
      textColumn("StorageClass", storageClassOf),
      textColumn("VolumeAttributesClass", ({ spec }) => spec.volumeAttributesClassName ?? "<unset>"),
      ageColumn,
      wideColumn("VolumeMode", ({ spec }) => spec.volumeMode ?? "<unset>"),
    ],
    setDefaults,
    prepareForCreate: (object) => ({
      ...object,
      spec: normalizeDataSources(object.spec),
      status: { phase: "Pending" },
    }),
    prepareForUpdate: (next, previous) => ({
      ...next,
      spec: normalizeDataSources(next.spec, previous.spec),
    }),
    validate: ({ spec }) => validateClaimSpec(spec, "spec"),
    validateUpdate: validateClaimUpdate,
    validateStatusUpdate: validateClaimStatusUpdate,
    warnings: ({ metadata, spec }) => [
      ...(metadata.annotations?.[BETA_STORAGE_CLASS_ANNOTATION] === undefined
        ? []
        : [
            `${keyPath("metadata.annotations", BETA_STORAGE_CLASS_ANNOTATION)}: deprecated since v1.8; use "storageClassName" attribute instead`,
          ]),
      ...claimSpecWarnings(spec, "spec"),
    ],
    hasGeneration: false,
  },
);

function setDefaults(object: PersistentVolumeClaim): PersistentVolumeClaim {
  const next = fillField(mapField(object, "spec", setClaimSpecDefaults), "status", { phase: "Pending" });
  return mapField(next, "status", (status) =>
    mapField(mapField(status, "capacity", roundResourceList), "allocatedResources", roundResourceList),
  );
}

function hasVolume({ spec }: PersistentVolumeClaim): boolean {
  return (spec.volumeName ?? "") !== "";
}
