/** Validation of what was allocated to a claim, and for whom (upstream pkg/apis/resource/validation/validation.go). */
import { forbidden, invalid, tooLong, tooMany } from "#apimachinery/field-error.ts";
import { checkDNS1123Label } from "#apimachinery/formats.ts";
import { validateNodeSelector } from "../../core/v1/pod-spec/node-selector.ts";
import type {
  AllocatedDeviceStatus,
  AllocationResult,
  DeviceAllocationConfiguration,
  DeviceRequestAllocationResult,
  NetworkDeviceData,
  ResourceClaim,
  ResourceClaimConsumerReference,
} from "../../generated/resource-v1.ts";
import {
  checkFormat,
  requireSupported,
  requireText,
  validateImmutable,
  validateOptional,
} from "../../validation/checks.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";
import { validateConditions } from "../../validation/conditions.ts";
import { validateInterfaceAddress } from "../../validation/ip-fields.ts";
import { validateBindingConditions } from "./binding-conditions.validation.ts";
import { validateBoundedList, validateBoundedSet } from "./bounded-lists.ts";
import { MAX_CONFIGURATIONS, validateRequestReferences } from "./claim-spec.ts";
import { sharedDeviceId, sharedDeviceSet } from "./device-id.ts";
import { validateDeviceConfiguration, validateRawObject } from "./device-selection.validation.ts";
import { printedAllocation } from "./internal-forms.ts";
import { validateDriverName, validatePoolName, validateUid } from "./names.validation.ts";
import { requestNamesOf, validateRequestReference } from "./request-names.ts";

const MAX_CONSUMERS = 256;
const MAX_RESULTS = 32;
const MAX_CONDITIONS = 8;
const MAX_ADDRESSES = 16;
const MAX_INTERFACE_NAME_BYTES = 256;
const MAX_HARDWARE_ADDRESS_BYTES = 128;
const SOURCES = ["FromClaim", "FromClass"];

export function validateClaimStatusUpdate(next: ResourceClaim, previous: ResourceClaim): FieldErrors {
  const { reservedFor, allocation, devices } = next.status ?? {};
  const before = previous.status?.allocation;
  const isAllocated = sharedDeviceSet(allocation?.devices?.results ?? []);
  return collectErrors(
    validateBoundedSet(reservedFor, "status.reservedFor", {
      max: MAX_CONSUMERS,
      key: ({ uid }) => uid,
      validate: validateConsumer,
    }),
    validateBoundedSet(devices, "status.devices", {
      max: Number.POSITIVE_INFINITY,
      key: sharedDeviceId,
      validate: (device, path) => validateDeviceStatus(device, path, isAllocated(device)),
    }),
    validateReservation(next, previous, "status.reservedFor"),
    // What was allocated is not looked at again: rules for new results are stricter than they were.
    allocation !== undefined &&
      (before === undefined
        ? validateAllocation(allocation, "status.allocation", requestNamesOf(next.spec.devices))
        : validateImmutable(allocation, before, "status.allocation", printedAllocation)),
  );
}

function validateConsumer(
  { resource, name, uid }: ResourceClaimConsumerReference,
  path: string,
): FieldErrors {
  return collectErrors(
    requireText(resource, `${path}.resource`),
    requireText(name, `${path}.name`),
    requireText(uid, `${path}.uid`),
  );
}

function validateReservation(next: ResourceClaim, previous: ResourceClaim, path: string): FieldErrors {
  const consumers = next.status?.reservedFor ?? [];
  if (consumers.length === 0) return [];
  if (next.status?.allocation === undefined) {
    return [forbidden(path, "may not be specified when `allocated` is not set")];
  }
  if ((next.metadata.deletionTimestamp ?? "") === "") return [];
  const known = new Set((previous.status?.reservedFor ?? []).map(consumerKey));
  if (consumers.every((consumer) => known.has(consumerKey(consumer)))) return [];
  const detail = "new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set";
  return [forbidden(path, detail)];
}

function consumerKey({ apiGroup = "", resource, name, uid }: ResourceClaimConsumerReference): string {
  return JSON.stringify([apiGroup, resource, name, uid]);
}

function validateDeviceStatus(
  device: AllocatedDeviceStatus,
  path: string,
  isAllocated: boolean,
): FieldErrors {
  const { conditions } = device;
  return collectErrors(
    validateDriverName(device.driver, `${path}.driver`),
    validatePoolName(device.pool, `${path}.pool`),
    checkFormat(device.device, `${path}.device`, checkDNS1123Label),
    validateOptional(device.shareID, `${path}.shareID`, validateUid),
    !isAllocated && invalid(path, sharedDeviceId(device), "must be an allocated device in the claim"),
    conditions.length > MAX_CONDITIONS && tooMany(`${path}.conditions`, conditions.length, MAX_CONDITIONS),
    validateConditions(conditions, `${path}.conditions`),
    validateOptional(device.data, `${path}.data`, validateRawObject),
    validateOptional(device.networkData, `${path}.networkData`, validateNetworkData),
  );
}

function validateNetworkData(data: NetworkDeviceData, path: string): FieldErrors {
  const { interfaceName = "", hardwareAddress = "" } = data;
  return collectErrors(
    Buffer.byteLength(interfaceName) > MAX_INTERFACE_NAME_BYTES &&
      tooLong(`${path}.interfaceName`, MAX_INTERFACE_NAME_BYTES),
    Buffer.byteLength(hardwareAddress) > MAX_HARDWARE_ADDRESS_BYTES &&
      tooLong(`${path}.hardwareAddress`, MAX_HARDWARE_ADDRESS_BYTES),
    validateBoundedSet(data.ips, `${path}.ips`, {
      max: MAX_ADDRESSES,
      key: (address) => address,
      validate: validateInterfaceAddress,
    }),
  );
}

function validateAllocation(
  { devices, nodeSelector }: AllocationResult,
  path: string,
  names: ReadonlySet<string>,
): FieldErrors {
  return collectErrors(
    validateBoundedList(devices?.results, `${path}.devices.results`, MAX_RESULTS, (result, itemPath) =>
      validateResult(result, itemPath, names),
    ),
    // That of the classes and that of the claim.
    validateBoundedList(
      devices?.config,
      `${path}.devices.config`,
      2 * MAX_CONFIGURATIONS,
      (config, itemPath) => validateAllocatedConfiguration(config, itemPath, names),
    ),
    validateOptional(nodeSelector, `${path}.nodeSelector`, validateNodeSelector),
  );
}

function validateResult(
  result: DeviceRequestAllocationResult,
  path: string,
  names: ReadonlySet<string>,
): FieldErrors {
  return collectErrors(
    validateRequestReference(result.request, `${path}.request`, names),
    validateDriverName(result.driver, `${path}.driver`),
    validatePoolName(result.pool, `${path}.pool`),
    checkFormat(result.device, `${path}.device`, checkDNS1123Label),
    validateBindingConditions(result, path),
    validateOptional(result.shareID, `${path}.shareID`, validateUid),
  );
}

function validateAllocatedConfiguration(
  config: DeviceAllocationConfiguration,
  path: string,
  names: ReadonlySet<string>,
): FieldErrors {
  return collectErrors(
    requireSupported(config.source, `${path}.source`, SOURCES),
    validateRequestReferences(config.requests, `${path}.requests`, names),
    validateDeviceConfiguration(config, path),
  );
}
