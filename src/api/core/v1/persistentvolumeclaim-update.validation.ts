import { type FieldError, forbidden, invalid } from "#apimachinery/field-error.ts";
import { compareQuantities, parseQuantity, zeroQuantity } from "#apimachinery/quantity.ts";
import type { PersistentVolumeClaim, PersistentVolumeClaimSpec } from "../../generated/core-v1.ts";
import { validateImmutable } from "../../validation/checks.ts";
import { semanticallyEqual } from "../../validation/equality.ts";
import { unifiedDiff } from "../../validation/unified-diff.ts";
import { validateClaimSpec } from "./persistentvolumeclaim.validation.ts";
import { BETA_STORAGE_CLASS_ANNOTATION } from "./storage-fields.ts";

/** A claim may get a volume once, and a bound one may ask for more space; nothing else may change. */
export function validateClaimUpdate(
  next: PersistentVolumeClaim,
  previous: PersistentVolumeClaim,
): readonly FieldError[] {
  return [
    ...validateClaimSpec(next.spec, "spec", previous.spec),
    ...validateClassAnnotation(next, previous),
    ...validateSpecUnchanged(next, previous),
    ...validateStorageIncrease(next, previous),
    ...validateImmutable(next.spec.volumeMode, previous.spec.volumeMode, "volumeMode"),
    ...validateAttributesClassChange(next, previous),
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
