import { indexPath } from "#apimachinery/field-error.ts";
import { ageColumn, textColumn } from "../../columns.ts";
import { fillAbsent } from "../../defaulting.ts";
import type { StorageClass } from "../../generated/storage-v1.ts";
import { defineKind } from "../../kind.ts";
import { checkSupported, requireSupported, validateImmutable } from "../../validation/checks.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";
import { sortedMap } from "../../validation/lists.ts";
import { nodeLabelDeprecation } from "../../validation/node-labels.ts";
import { validateAllowedTopologies } from "./allowed-topologies.ts";
import { validateDriverName, validateParameters } from "./class-fields.ts";

export const DEFAULT_CLASS_ANNOTATIONS = [
  "storageclass.kubernetes.io/is-default-class",
  "storageclass.beta.kubernetes.io/is-default-class",
];
const IMMUTABLE_FIELDS = ["provisioner", "reclaimPolicy", "volumeBindingMode"] as const;

export const storageClass = defineKind<StorageClass>(
  { apiVersion: "storage.k8s.io/v1", kind: "StorageClass" },
  {
    columns: [
      { name: "Name", type: "string", format: "name", value: nameCell },
      textColumn("Provisioner", ({ provisioner }) => provisioner),
      textColumn("ReclaimPolicy", ({ reclaimPolicy = "Delete" }) => reclaimPolicy),
      textColumn("VolumeBindingMode", ({ volumeBindingMode = "Immediate" }) => volumeBindingMode),
      {
        name: "AllowVolumeExpansion",
        type: "string",
        value: ({ allowVolumeExpansion = false }) => allowVolumeExpansion,
      },
      ageColumn,
    ],
    setDefaults: (object) => fillAbsent(object, { reclaimPolicy: "Delete", volumeBindingMode: "Immediate" }),
    validate: validateStorageClass,
    validateUpdate: validateStorageClassUpdate,
    warnings: topologyWarnings,
    hasGeneration: false,
  },
);

function nameCell({ metadata: { name, annotations } }: StorageClass): string {
  const isDefault = DEFAULT_CLASS_ANNOTATIONS.some((key) => annotations?.[key] === "true");
  return isDefault ? `${name} (default)` : name;
}

function validateStorageClass(object: StorageClass): FieldErrors {
  return collectErrors(
    validateDriverName(object.provisioner, "provisioner"),
    validateParameters(object.parameters, "parameters", { allowEmpty: true }),
    checkSupported(object.reclaimPolicy || undefined, "reclaimPolicy", ["Delete", "Retain"]),
    requireSupported(object.volumeBindingMode, "volumeBindingMode", ["Immediate", "WaitForFirstConsumer"]),
    validateAllowedTopologies(object.allowedTopologies ?? [], "allowedTopologies"),
  );
}

function validateStorageClassUpdate(next: StorageClass, previous: StorageClass): FieldErrors {
  return collectErrors(
    validateStorageClass(next),
    validateImmutable(next.parameters, previous.parameters, "parameters", (map) => map && sortedMap(map)),
    ...IMMUTABLE_FIELDS.map((field) => validateImmutable(next[field], previous[field], field)),
  );
}

function topologyWarnings({ allowedTopologies = [] }: StorageClass): readonly string[] {
  return allowedTopologies.flatMap(({ matchLabelExpressions = [] }, term) =>
    matchLabelExpressions.flatMap(({ key }, expression) => {
      const deprecation = nodeLabelDeprecation(key);
      const path = indexPath(`${indexPath("allowedTopologies", term)}.matchLabelExpressions`, expression);
      return deprecation === undefined ? [] : [`${path}.key: ${deprecation}`];
    }),
  );
}
