import { forbidden } from "#apimachinery/field-error.ts";
import { ageColumn, nameColumn, textColumn } from "../../columns.ts";
import type { VolumeAttributesClass } from "../../generated/storage-v1.ts";
import { defineKind } from "../../kind.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";
import { semanticallyEqual } from "../../validation/equality.ts";
import { validateDriverName, validateParameters } from "./class-fields.ts";

/** Read by tables alone. */
const DEFAULT_CLASS_ANNOTATION = "volumeattributesclass.alpha.kubernetes.io/is-default-class";

export const volumeAttributesClass = defineKind<VolumeAttributesClass>(
  { apiVersion: "storage.k8s.io/v1", kind: "VolumeAttributesClass" },
  {
    columns: [
      { ...nameColumn, value: describeName },
      textColumn("DriverName", ({ driverName }) => driverName),
      ageColumn,
    ],
    validate: validateVolumeAttributesClass,
    validateUpdate: validateVolumeAttributesClassUpdate,
    hasGeneration: false,
  },
);

function describeName({ metadata: { name, annotations } }: VolumeAttributesClass): string {
  return annotations?.[DEFAULT_CLASS_ANNOTATION] === "true" ? `${name} (default)` : name;
}

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
