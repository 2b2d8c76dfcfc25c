import { storageClassOf } from "#api/core/v1/storage-fields.ts";
import type { PersistentVolumeClaim } from "#api/generated/core-v1.ts";
import { compareQuantities, parseQuantity } from "#apimachinery/quantity.ts";
import { type ClusterView, defineAdmissionPlugin } from "../admission-plugin.ts";
import { refuse } from "../refuse.ts";

/** Claims grow when they are bound and their storage class allows it. */
export const persistentVolumeClaimResizePlugin = defineAdmissionPlugin({
  name: "PersistentVolumeClaimResize",
  operations: ["UPDATE"],
  resources: ["persistentvolumeclaims"],
  validate: (request, { cluster }) => {
    const next = request.object as PersistentVolumeClaim;
    const previous = request.oldObject as PersistentVolumeClaim;
    if (!isLarger(next, previous)) return undefined;
    if (previous.status?.phase !== "Bound") {
      return refuse(request, "Only bound persistent volume claims can be expanded");
    }
    return isExpandable(next, previous, cluster)
      ? undefined
      : refuse(
          request,
          "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize",
        );
  },
});

function isLarger(next: PersistentVolumeClaim, previous: PersistentVolumeClaim): boolean {
  const sizeOf = ({ spec }: PersistentVolumeClaim) =>
    parseQuantity(spec.resources?.requests?.["storage"] ?? "0");
  return compareQuantities(sizeOf(next), sizeOf(previous)) > 0;
}

function isExpandable(
  next: PersistentVolumeClaim,
  previous: PersistentVolumeClaim,
  cluster: ClusterView,
): boolean {
  const name = storageClassOf(next);
  if (name === "" || name !== storageClassOf(previous)) return false;
  return cluster.get("StorageClass", { name })?.allowVolumeExpansion === true;
}
