import { type FieldError, keyPath, notSupported, required } from "#apimachinery/field-error.ts";
import { checkDNS1123Subdomain, checkQualifiedName } from "#apimachinery/formats.ts";
import { validateLabelSelector } from "#apimachinery/selectors/label-validation.ts";
import type {
  PersistentVolumeClaim,
  PersistentVolumeClaimSpec,
  PersistentVolumeClaimTemplate,
} from "../../generated/core-v1.ts";
import {
  checkFormat,
  checkSupported,
  optionalFormat,
  requireText,
  validateEntries,
} from "../../validation/checks.ts";
import { validateTemplateObjectMeta } from "../../validation/object-meta.ts";
import {
  isNativeResource,
  validateBasicQuantity,
  validatePositiveQuantity,
  validateResourceQuantity,
} from "../../validation/resources.ts";
import { validateDataSources } from "./claim-data-sources.validation.ts";
import { VOLUME_MODES, validateAccessModes } from "./storage-fields.ts";

/** In the order in which messages list them. */
const RESIZE_STATUSES: readonly string[] = [
  "ControllerResizeInProgress",
  "ControllerResizeInfeasible",
  "NodeResizeInProgress",
  "NodeResizeInfeasible",
  "NodeResizePending",
];

export function validateClaimTemplate(
  template: PersistentVolumeClaimTemplate,
  path: string,
): readonly FieldError[] {
  return [
    ...validateTemplateObjectMeta(template.metadata, `${path}.metadata`),
    ...validateClaimSpec(template.spec ?? {}, `${path}.spec`),
  ];
}

/** `previous` is the old spec in an update. */
export function validateClaimSpec(
  spec: PersistentVolumeClaimSpec,
  path: string,
  previous?: PersistentVolumeClaimSpec,
): readonly FieldError[] {
  const { accessModes = [], selector, storageClassName, volumeMode, volumeAttributesClassName } = spec;
  return [
    ...(accessModes.length === 0
      ? [required(`${path}.accessModes`, "at least 1 access mode is required")]
      : []),
    ...validateLabelSelector(selector, `${path}.selector`),
    ...validateAccessModes(accessModes, `${path}.accessModes`),
    ...validateStorageRequest(spec, keyPath(`${path}.resources`, "storage")),
    ...optionalFormat(storageClassName, `${path}.storageClassName`, checkDNS1123Subdomain),
    ...checkSupported(volumeMode, `${path}.volumeMode`, VOLUME_MODES),
    ...validateDataSources(spec, path, previous),
    ...optionalFormat(volumeAttributesClassName, `${path}.volumeAttributesClassName`, checkDNS1123Subdomain),
  ];
}

export function validateClaimStatusUpdate({
  metadata,
  spec,
  status,
}: PersistentVolumeClaim): readonly FieldError[] {
  const { capacity, allocatedResourceStatuses, allocatedResources } = status ?? {};
  const statusesPath = "status.allocatedResourceStatuses";
  const allocatedPath = "status.allocatedResources";
  return [
    ...requireText(metadata.resourceVersion, "resourceVersion"),
    ...((spec.accessModes ?? []).length === 0 ? [required("Spec.accessModes")] : []),
    ...validateEntries(capacity, "status.capacity", (_, amount, path) => validateBasicQuantity(amount, path)),
    ...validateEntries(allocatedResourceStatuses, statusesPath, (name, value) => [
      ...validateClaimResourceName(name, statusesPath),
      ...(RESIZE_STATUSES.includes(value) ? [] : [notSupported(statusesPath, name, RESIZE_STATUSES)]),
    ]),
    ...validateEntries(allocatedResources, allocatedPath, (name, amount, path) => {
      const errors = validateClaimResourceName(name, allocatedPath);
      if (errors.length > 0) return errors;
      const negative = validateBasicQuantity(amount, path);
      return negative.length > 0 ? negative : validateResourceQuantity("storage", amount, path);
    }),
  ];
}

function validateStorageRequest(
  { resources }: PersistentVolumeClaimSpec,
  path: string,
): readonly FieldError[] {
  const storage = resources?.requests?.["storage"];
  if (storage === undefined) return [required(path)];
  const errors = validatePositiveQuantity(storage, path);
  return errors.length > 0 ? errors : validateResourceQuantity("storage", storage, path);
}

function validateClaimResourceName(name: string, path: string): readonly FieldError[] {
  const errors = checkFormat(name, path, checkQualifiedName);
  if (errors.length > 0) return errors;
  return isNativeResource(name) && name !== "storage" ? [notSupported(path, name, ["storage"])] : [];
}
