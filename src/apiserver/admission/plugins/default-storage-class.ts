import { BETA_STORAGE_CLASS_ANNOTATION } from "#api/core/v1/storage-fields.ts";
import type { PersistentVolumeClaim } from "#api/generated/core-v1.ts";
import { DEFAULT_CLASS_ANNOTATIONS } from "#api/storage/v1/storageclass.ts";
import { defineAdmissionPlugin } from "../admission-plugin.ts";
import { newestDefault } from "../newest-default.ts";

/** Gives new claims that name no storage class the default one. An empty name stands for no class at all. */
export const defaultStorageClassPlugin = defineAdmissionPlugin({
  name: "DefaultStorageClass",
  operations: ["CREATE"],
  resources: ["persistentvolumeclaims"],
  mutate: ({ object }, { cluster }) => {
    const claim = object as PersistentVolumeClaim;
    const { metadata, spec } = claim;
    if (
      metadata.annotations?.[BETA_STORAGE_CLASS_ANNOTATION] !== undefined ||
      spec.storageClassName !== undefined
    ) {
      return undefined;
    }
    const found = newestDefault(cluster.list("StorageClass"), DEFAULT_CLASS_ANNOTATIONS);
    return found && { ...claim, spec: { ...spec, storageClassName: found.metadata.name } };
  },
});
