/** What PersistentVolumes and claims have in common. */

import { type FieldError, forbidden } from "#apimachinery/field-error.ts";
import type { ObjectMeta } from "#apimachinery/generated/meta-v1.ts";
import { checkSupported } from "../../validation/checks.ts";

export const BETA_STORAGE_CLASS_ANNOTATION = "volume.beta.kubernetes.io/storage-class";

/** The storage class of a claim or volume; empty for none. */
export function storageClassOf({
  metadata,
  spec,
}: {
  readonly metadata: ObjectMeta;
  readonly spec: { readonly storageClassName?: string };
}): string {
  return metadata.annotations?.[BETA_STORAGE_CLASS_ANNOTATION] ?? spec.storageClassName ?? "";
}

/** In the order in which messages list them. */
export const VOLUME_MODES: readonly string[] = ["Block", "Filesystem"];
const ACCESS_MODES: readonly string[] = [
  "ReadOnlyMany",
  "ReadWriteMany",
  "ReadWriteOnce",
  "ReadWriteOncePod",
];

const SHORT_ACCESS_MODES = {
  ReadWriteOnce: "RWO",
  ReadOnlyMany: "ROX",
  ReadWriteMany: "RWX",
  ReadWriteOncePod: "RWOP",
};

/** The path of every error is that of the whole list, as upstream reports it. */
export function validateAccessModes(modes: readonly string[], path: string): readonly FieldError[] {
  const others = modes.some((mode) => mode !== "ReadWriteOncePod" && ACCESS_MODES.includes(mode));
  return [
    ...modes.flatMap((mode) => checkSupported(mode, path, ACCESS_MODES)),
    ...(modes.includes("ReadWriteOncePod") && others
      ? [forbidden(path, "may not use ReadWriteOncePod with other access modes")]
      : []),
  ];
}

/** `RWO,ROX,RWX,RWOP`, always in this order. */
export function formatAccessModes(modes: readonly string[] | undefined): string {
  return Object.entries(SHORT_ACCESS_MODES)
    .filter(([mode]) => modes?.includes(mode))
    .map(([, short]) => short)
    .join(",");
}
