import { forbidden } from "#apimachinery/field-error.ts";
import { ageColumn, nameColumn, textColumn } from "../../columns.ts";
import type { VolumeAttributesClass } from "../../generated/storage-v1.ts";
import { defineKind } from "../../kind.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";
import { semanticallyEqual } from "../../validation/equality.ts";
import { validateDriverName, validateParameters } from "./class-fields.ts";

export const volumeAttributesClass = defineKind<VolumeAttributesClass>(
  { apiVersion: "storage.k8s.io/v1", kind: "VolumeAttributesClass" },
  {
    columns: [nameColumn, textColumn("DriverName", ({ driverName }) => driverName), ageColumn],
    validate: validateVolumeAttributesClass,
    validateUpdate: validateVolumeAttributesClassUpdate,
    hasGeneration: false,
  },
);

function validateVolumeAttributesClass({ driverName, parameters }: VolumeAttributesClass): FieldErrors {
  return collectErrors(
    validateDriverName(driverName, "driverName"),
    validateParameters(parameters, "parameters", { allowEmpty: false }),
  );
}

function validateVolumeAttributesClassUpdate(
  next: VolumeAttributesClass,
  previous: VolumeAttributesClass,
): FieldErrors {
  return collectErrors(
    next.driverName !== previous.driverName &&
      forbidden("driverName", "updates to driverName are forbidden."),
    !semanticallyEqual(next.parameters, previous.parameters) &&
      forbidden("parameters", "updates to parameters are forbidden."),
    validateVolumeAttributesClass(next),
  );
}
