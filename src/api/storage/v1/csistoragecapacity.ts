import { checkDNS1123Subdomain } from "#apimachinery/formats.ts";
import { validateLabelSelector } from "#apimachinery/selectors/label-validation.ts";
import { nameColumn, textColumn } from "../../columns.ts";
import type { CSIStorageCapacity } from "../../generated/storage-v1.ts";
import { defineKind } from "../../kind.ts";
import { checkFormat, validateImmutable, validateOptional } from "../../validation/checks.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";
import { nodeSelectorWarnings } from "../../validation/node-labels.ts";
import { printedSelector } from "../../validation/printed-selector.ts";
import { validateNonNegativeQuantity } from "../../validation/quantities.ts";

export const csiStorageCapacity = defineKind<CSIStorageCapacity>(
  { apiVersion: "storage.k8s.io/v1", kind: "CSIStorageCapacity" },
  {
    columns: [
      nameColumn,
      textColumn("StorageClassName", ({ storageClassName }) => storageClassName),
      textColumn("Capacity", ({ capacity = "<unset>" }) => capacity),
    ],
    validate: (object) => validateCapacity(object, { allowInvalidLabelValues: false }),
    validateUpdate: validateCapacityUpdate,
    warnings: ({ nodeTopology }) => nodeSelectorWarnings(nodeTopology, "nodeTopology"),
    hasGeneration: false,
    allowUnconditionalUpdate: false,
  },
);

function validateCapacity(
  { nodeTopology, storageClassName, capacity }: CSIStorageCapacity,
  options: { readonly allowInvalidLabelValues: boolean },
): FieldErrors {
  return collectErrors(
    validateLabelSelector(nodeTopology, "nodeTopology", options),
    checkFormat(storageClassName, "storageClassName", checkDNS1123Subdomain),
    validateOptional(capacity, "capacity", validateNonNegativeQuantity),
  );
}

function validateCapacityUpdate(next: CSIStorageCapacity, previous: CSIStorageCapacity): FieldErrors {
  const allowInvalidLabelValues = validateLabelSelector(previous.nodeTopology, "").length > 0;
  return collectErrors(
    validateCapacity(next, { allowInvalidLabelValues }),
    validateImmutable(next.nodeTopology, previous.nodeTopology, "nodeTopology", printedSelector),
    validateImmutable(next.storageClassName, previous.storageClassName, "storageClassName"),
  );
}
