import {
  type FieldError,
  forbidden,
  invalid,
  keyPath,
  notSupported,
  required,
} from "#apimachinery/field-error.ts";
import { checkDNS1123Label, checkDNS1123Subdomain, checkQualifiedName } from "#apimachinery/formats.ts";
import { compareQuantities, parseQuantity, zeroQuantity } from "#apimachinery/quantity.ts";
import { validateLabelSelector } from "#apimachinery/selectors/label-validation.ts";
import type {
  PersistentVolumeClaim,
  PersistentVolumeClaimSpec,
  PersistentVolumeClaimTemplate,
  TypedLocalObjectReference,
  TypedObjectReference,
} from "../../generated/core-v1.ts";
import {
  checkFormat,
  checkSupported,
  optionalFormat,
  requireText,
  validateEntries,
  validateImmutable,
  validateOptional,
} from "../../validation/checks.ts";
import { semanticallyEqual } from "../../validation/equality.ts";
import { validateTemplateObjectMeta } from "../../validation/object-meta.ts";
import {
  isNativeResource,
  validateBasicQuantity,
  validatePositiveQuantity,
  validateResourceQuantity,
} from "../../validation/resources.ts";
import { unifiedDiff } from "../../validation/unified-diff.ts";
import { BETA_STORAGE_CLASS_ANNOTATION, VOLUME_MODES, validateAccessModes } from "./storage-fields.ts";

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

export function validateClaimSpec(spec: PersistentVolumeClaimSpec, path: string): readonly FieldError[] {
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
    ...validateDataSources(spec, path),
    ...optionalFormat(volumeAttributesClassName, `${path}.volumeAttributesClassName`, checkDNS1123Subdomain),
  ];
}

/** A claim may get a volume once, and a bound one may ask for more space; nothing else may change. */
export function validateClaimUpdate(
  next: PersistentVolumeClaim,
  previous: PersistentVolumeClaim,
): readonly FieldError[] {
  return [
    ...validateClaimSpec(next.spec, "spec"),
    ...validateClassAnnotation(next, previous),
    ...validateSpecUnchanged(next, previous),
    ...validateStorageIncrease(next, previous),
    ...validateImmutable(next.spec.volumeMode, previous.spec.volumeMode, "volumeMode"),
    ...validateAttributesClassChange(next, previous),
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

function validateDataSources(
  { dataSource, dataSourceRef }: PersistentVolumeClaimSpec,
  path: string,
): readonly FieldError[] {
  return [
    ...validateOptional(dataSource, `${path}.dataSource`, validateDataSource),
    ...validateOptional(dataSourceRef, `${path}.dataSourceRef`, validateDataSourceRef),
    ...(dataSource === undefined || dataSourceRef === undefined
      ? []
      : validateDataSourcePair(dataSource, dataSourceRef, path)),
  ];
}

/** Upstream gives the path itself as the bad value, which prints as an empty object. */
function validateDataSourcePair(
  dataSource: TypedLocalObjectReference,
  { namespace = "", ...reference }: TypedObjectReference,
  path: string,
): readonly FieldError[] {
  if (namespace !== "") {
    return [invalid(path, {}, "may not be specified when dataSourceRef.namespace is specified")];
  }
  return semanticallyEqual(dataSource, reference) ? [] : [invalid(path, {}, "must match dataSourceRef")];
}

function validateDataSource(
  { name, kind, apiGroup = "" }: TypedLocalObjectReference,
  path: string,
): readonly FieldError[] {
  const coreMessage = "must be 'PersistentVolumeClaim' when referencing the default apiGroup";
  return [
    ...requireText(name, `${path}.name`),
    ...requireText(kind, `${path}.kind`),
    ...(apiGroup === "" && kind !== "PersistentVolumeClaim" ? [invalid(path, kind, coreMessage)] : []),
    ...optionalFormat(apiGroup, `${path}.apiGroup`, checkDNS1123Subdomain),
  ];
}

function validateDataSourceRef(reference: TypedObjectReference, path: string): readonly FieldError[] {
  return [
    ...validateDataSource(reference, path),
    ...optionalFormat(reference.namespace, `${path}.namespace`, checkDNS1123Label),
  ];
}

function validateClassAnnotation(
  next: PersistentVolumeClaim,
  previous: PersistentVolumeClaim,
): readonly FieldError[] {
  if (isClassUpgrade(next, previous)) return [];
  const value = classAnnotation(next) ?? "";
  if (value === (classAnnotation(previous) ?? "")) return [];
  return [invalid(`metadata.annotations.${BETA_STORAGE_CLASS_ANNOTATION}`, value, "field is immutable")];
}

function validateSpecUnchanged(
  next: PersistentVolumeClaim,
  previous: PersistentVolumeClaim,
): readonly FieldError[] {
  const before = { ...previous.spec };
  const after = withoutAllowedChanges(next, previous);
  if (semanticallyEqual(after, before)) return [];
  return [
    forbidden(
      "spec",
      `spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims\n${unifiedDiff(before, after)}`,
    ),
  ];
}

/** The new spec with the old values of what may change, so that it equals the old one if nothing else did. */
function withoutAllowedChanges(
  next: PersistentVolumeClaim,
  previous: PersistentVolumeClaim,
): PersistentVolumeClaimSpec {
  const { spec } = next;
  const isBound = next.status?.phase === "Bound";
  const canSetClass = isClassUpgrade(next, previous) || isFirstClass(next, previous);
  return dropUndefined({
    ...spec,
    volumeName: (previous.spec.volumeName ?? "") === "" ? previous.spec.volumeName : spec.volumeName,
    storageClassName: canSetClass ? previous.spec.storageClassName : spec.storageClassName,
    ...(isBound && {
      volumeAttributesClassName: previous.spec.volumeAttributesClassName,
      resources: withOldStorage(spec, previous.spec),
    }),
  });
}

function withOldStorage(
  { resources }: PersistentVolumeClaimSpec,
  previous: PersistentVolumeClaimSpec,
): PersistentVolumeClaimSpec["resources"] {
  const storage = previous.resources?.requests?.["storage"];
  if (resources?.requests === undefined || storage === undefined) return resources;
  return { ...resources, requests: { ...resources.requests, storage } };
}

/** The spec without fields whose value is undefined; leaving them in would only differ in types. */
function dropUndefined(
  spec: { readonly [K in keyof PersistentVolumeClaimSpec]: PersistentVolumeClaimSpec[K] | undefined },
): PersistentVolumeClaimSpec {
  return Object.fromEntries(Object.entries(spec).filter(([, value]) => value !== undefined));
}

/** The class moves from the old annotation to the field. */
function isClassUpgrade(next: PersistentVolumeClaim, previous: PersistentVolumeClaim): boolean {
  const before = classAnnotation(previous);
  const after = classAnnotation(next);
  return (
    before !== undefined &&
    previous.spec.storageClassName === undefined &&
    next.spec.storageClassName === before &&
    (after === undefined || after === before)
  );
}

/** The class of a claim that had none may be set once, as the default class controller does. */
function isFirstClass(next: PersistentVolumeClaim, previous: PersistentVolumeClaim): boolean {
  const before = classAnnotation(previous);
  const { storageClassName } = next.spec;
  return (
    storageClassName !== undefined &&
    previous.spec.storageClassName === undefined &&
    (before === undefined || storageClassName === before)
  );
}

function classAnnotation({ metadata }: PersistentVolumeClaim): string | undefined {
  return metadata.annotations?.[BETA_STORAGE_CLASS_ANNOTATION];
}

/** Less than before is fine down to what the claim has, so that a failed expansion can be taken back. */
function validateStorageIncrease(
  next: PersistentVolumeClaim,
  previous: PersistentVolumeClaim,
): readonly FieldError[] {
  const wanted = storageOf(next.spec.resources?.requests);
  if (compareQuantities(wanted, storageOf(previous.spec.resources?.requests)) >= 0) return [];
  if (compareQuantities(wanted, storageOf(previous.status?.capacity)) > 0) return [];
  return [forbidden("spec.resources.requests.storage", "field can not be less than status.capacity")];
}

function storageOf(list: Readonly<Record<string, string>> | undefined) {
  const storage = list?.["storage"];
  return storage === undefined ? zeroQuantity : parseQuantity(storage);
}

function validateAttributesClassChange(
  { spec }: PersistentVolumeClaim,
  previous: PersistentVolumeClaim,
): readonly FieldError[] {
  const name = spec.volumeAttributesClassName;
  const isApplied = previous.status?.currentVolumeAttributesClassName !== undefined;
  if (name === previous.spec.volumeAttributesClassName || !isApplied || (name ?? "") !== "") return [];
  const what = name === undefined ? "nil" : "empty string";
  return [
    forbidden(
      "spec.volumeAttributesClassName",
      `update to ${what} is forbidden when status.currentVolumeAttributesClassName is not nil`,
    ),
  ];
}

function validateClaimResourceName(name: string, path: string): readonly FieldError[] {
  const errors = checkFormat(name, path, checkQualifiedName);
  if (errors.length > 0) return errors;
  return isNativeResource(name) && name !== "storage" ? [notSupported(path, name, ["storage"])] : [];
}
