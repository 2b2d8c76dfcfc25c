/** A volume that is described where it is attached (core `ValidatePersistentVolumeSpec` for inline volumes). */
import { type FieldError, forbidden, required } from "#apimachinery/field-error.ts";
import { omit } from "#base/omit.ts";
import { validateRecycling } from "../../core/v1/persistentvolume.validation.ts";
import { validateVolumeSource } from "../../core/v1/persistentvolume-sources.ts";
import { validateAccessModes } from "../../core/v1/storage-fields.ts";
import type { PersistentVolumeSpec } from "../../generated/core-v1.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";
import { isEmptyList, isEmptyMap } from "../../validation/lists.ts";

const INLINE = "in the context of inline volumes";

export function validateInlineVolume(spec: PersistentVolumeSpec, path: string): FieldErrors {
  const { accessModes = [], persistentVolumeReclaimPolicy = "", volumeMode = "Filesystem" } = spec;
  const refuse = (field: keyof PersistentVolumeSpec, isSet: boolean): FieldError | false =>
    isSet && forbidden(`${path}.${field}`, `may not be specified ${INLINE}`);
  return collectErrors(
    refuse("claimRef", spec.claimRef !== undefined),
    refuse("capacity", !isEmptyMap(spec.capacity)),
    spec.csi === undefined && required(`${path}.csi`, `has to be specified ${INLINE}`),
    isEmptyList(accessModes) && required(`${path}.accessModes`),
    validateAccessModes(accessModes, `${path}.accessModes`),
    persistentVolumeReclaimPolicy !== "" &&
      persistentVolumeReclaimPolicy !== "Retain" &&
      forbidden(`${path}.persistentVolumeReclaimPolicy`, `may only be Retain ${INLINE}`),
    refuse("nodeAffinity", spec.nodeAffinity !== undefined),
    inPlace(validateVolumeSource(omit(spec, "nodeAffinity"), ""), path),
    inPlace(validateRecycling(spec), path),
    refuse("storageClassName", (spec.storageClassName ?? "") !== ""),
    volumeMode !== "Filesystem" &&
      forbidden(`${path}.volumeMode`, `may not specify volumeMode other than Filesystem ${INLINE}`),
  );
}

/** Errors of a volume of its own, at the place of this one. */
function inPlace(errors: FieldErrors, path: string): FieldErrors {
  return errors.map((error) => ({ ...error, field: error.field.replace("spec", path) }));
}
