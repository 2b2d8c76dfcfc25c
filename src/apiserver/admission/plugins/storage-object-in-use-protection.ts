import type { KubeObject } from "#apimachinery/meta.ts";
import { defineAdmissionPlugin } from "../admission-plugin.ts";

/** Controllers take these off when nothing uses the claim or volume any more. */
const FINALIZERS: Readonly<Record<string, string>> = {
  PersistentVolumeClaim: "kubernetes.io/pvc-protection",
  PersistentVolume: "kubernetes.io/pv-protection",
};

/** Keeps claims that pods use, and volumes that claims use, until these have let them go. */
export const storageObjectInUseProtectionPlugin = defineAdmissionPlugin({
  name: "StorageObjectInUseProtection",
  operations: ["CREATE"],
  resources: ["persistentvolumeclaims", "persistentvolumes"],
  mutate: ({ object }) => object && protect(object),
});

function protect(object: KubeObject): KubeObject | undefined {
  const { finalizers = [] } = object.metadata;
  const finalizer = FINALIZERS[object.kind];
  if (finalizer === undefined || finalizers.includes(finalizer)) return undefined;
  return { ...object, metadata: { ...object.metadata, finalizers: [...finalizers, finalizer] } };
}
