import { duplicate, invalid, required } from "#apimachinery/field-error.ts";
import { checkQualifiedName } from "#apimachinery/formats.ts";
import { omit } from "#base/omit.ts";
import { ageColumn, nameColumn } from "../../columns.ts";
import { validateCSIDriverName } from "../../core/v1/storage-sources.ts";
import type { CSINode, CSINodeDriver } from "../../generated/storage-v1.ts";
import { defineKind } from "../../kind.ts";
import {
  checkFormat,
  validateEach,
  validateImmutable,
  validateNonNegative,
} from "../../validation/checks.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";
import { type InternalForm, internalForm } from "../../validation/internal-form.ts";
import { repetitions } from "../../validation/lists.ts";

/** Longest id that a driver may give to a node (CSI specification). */
const MAX_NODE_ID_LENGTH = 256;

const DRIVER: InternalForm = { Name: "", NodeID: "", TopologyKeys: null, Allocatable: null };

export const csiNode = defineKind<CSINode>(
  { apiVersion: "storage.k8s.io/v1", kind: "CSINode" },
  {
    columns: [
      nameColumn,
      { name: "Drivers", type: "integer", value: ({ spec }) => driversOf(spec).length },
      ageColumn,
    ],
    validate: validateCSINode,
    validateUpdate: validateCSINodeUpdate,
    hasGeneration: false,
    allowUnconditionalUpdate: false,
  },
);

/** Go's nil list is null in JSON. */
function driversOf({ drivers }: CSINode["spec"]): readonly CSINodeDriver[] {
  return drivers ?? [];
}

function validateCSINode({ spec }: CSINode): FieldErrors {
  const isRepeated = repetitions();
  return validateEach(spec.drivers, "spec.drivers", (driver, path) =>
    collectErrors(
      validateDriver(driver, path),
      isRepeated(driver.name) && duplicate(`${path}.name`, driver.name),
      validateTopologyKeys(driver.topologyKeys ?? [], path),
    ),
  );
}

function validateDriver({ name, nodeID, allocatable }: CSINodeDriver, path: string): FieldErrors {
  return collectErrors(
    validateCSIDriverName(name, `${path}.name`),
    nodeID === "" && required(`${path}.nodeID`),
    Buffer.byteLength(nodeID) > MAX_NODE_ID_LENGTH &&
      invalid(`${path}.nodeID`, nodeID, `must be ${String(MAX_NODE_ID_LENGTH)} characters or less`),
    validateNonNegative(allocatable?.count, `${path}.allocatable.count`),
  );
}

function validateTopologyKeys(keys: readonly string[], path: string): FieldErrors {
  const isRepeated = repetitions();
  return keys.flatMap((key) =>
    collectErrors(
      key === "" && required(path),
      isRepeated(key) && duplicate(path, key),
      checkFormat(key, path, checkQualifiedName),
    ),
  );
}

/** A driver may change what it can attach to the node, and nothing else. */
function validateCSINodeUpdate(next: CSINode, previous: CSINode): FieldErrors {
  const withoutAllocatable = (driver: CSINodeDriver) => omit(driver, "allocatable");
  return collectErrors(
    validateCSINode(next),
    ...driversOf(previous.spec).flatMap((old) =>
      driversOf(next.spec)
        .filter(({ name }) => name === old.name)
        .map((driver) =>
          validateImmutable(withoutAllocatable(driver), withoutAllocatable(old), "spec.drivers", (each) =>
            internalForm(each, DRIVER),
          ),
        ),
    ),
  );
}
