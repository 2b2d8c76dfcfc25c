import { omit } from "#base/omit.ts";
import { ageColumn, nameColumn, textColumn } from "../../columns.ts";
import { mapField, mapList } from "../../defaulting.ts";
import type { ResourceClaim, ResourceClaimStatus } from "../../generated/resource-v1.ts";
import { defineKind } from "../../kind.ts";
import { validateImmutable } from "../../validation/checks.ts";
import { isEmptyList } from "../../validation/lists.ts";
import { setClaimSpecDefaults, setTolerationDefaults, validateClaimSpec } from "./claim-spec.ts";
import { sharedDeviceSet } from "./device-id.ts";
import { printedClaimSpec } from "./internal-forms.ts";
import { validateClaimStatusUpdate } from "./resourceclaim-status.validation.ts";

export const resourceClaim = defineKind<ResourceClaim>(
  { apiVersion: "resource.k8s.io/v1", kind: "ResourceClaim" },
  {
    columns: [nameColumn, textColumn("State", summarize), ageColumn],
    setDefaults: (claim) =>
      mapField(mapField(claim, "spec", setClaimSpecDefaults), "status", setStatusDefaults),
    prepareForStatusUpdate: dropDeallocatedDevices,
    validate: ({ spec }) => validateClaimSpec(spec, "spec"),
    validateUpdate: (next, previous) => validateImmutable(next.spec, previous.spec, "spec", printedClaimSpec),
    validateStatusUpdate: validateClaimStatusUpdate,
    hasGeneration: false,
  },
);

function summarize({ metadata, status }: ResourceClaim): string {
  const isDeleted = (metadata.deletionTimestamp ?? "") !== "";
  const isAllocated = status?.allocation !== undefined;
  const states = {
    deleted: isDeleted,
    pending: !isAllocated && !isDeleted,
    allocated: isAllocated,
    reserved: isAllocated && !isEmptyList(status.reservedFor),
  };
  return Object.entries(states)
    .filter(([, applies]) => applies)
    .map(([state]) => state)
    .join(",");
}

function setStatusDefaults(status: ResourceClaimStatus): ResourceClaimStatus {
  return mapField(status, "allocation", (allocation) =>
    mapField(allocation, "devices", (devices) =>
      mapField(devices, "results", (results) =>
        mapList(results, (result) => mapField(result, "tolerations", setTolerationDefaults)),
      ),
    ),
  );
}

/** What drivers say of devices goes with their allocation. */
function dropDeallocatedDevices(next: ResourceClaim, previous: ResourceClaim): ResourceClaim {
  const devices = next.status?.devices;
  if (devices === undefined) return next;
  const wasAllocated = sharedDeviceSet(previous.status?.allocation?.devices?.results ?? []);
  const isAllocated = sharedDeviceSet(next.status?.allocation?.devices?.results ?? []);
  const kept = devices.filter((device) => !wasAllocated(device) || isAllocated(device));
  const status = omit(next.status ?? {}, "devices");
  return { ...next, status: { ...status, ...(kept.length > 0 && { devices: kept }) } };
}
