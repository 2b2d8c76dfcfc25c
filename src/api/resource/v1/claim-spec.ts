/** What a ResourceClaim asks for, which a ResourceClaimTemplate has too. */
import { invalid, notSupported, required } from "#apimachinery/field-error.ts";
import { checkDNS1123Subdomain } from "#apimachinery/formats.ts";
import { fillZero, mapField, mapList } from "../../defaulting.ts";
import type {
  DeviceClaim,
  DeviceConstraint,
  DeviceRequest,
  DeviceSubRequest,
  DeviceToleration,
  ExactDeviceRequest,
  ResourceClaimSpec,
} from "../../generated/resource-v1.ts";
import { requireFormat, validateEach } from "../../validation/checks.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";
import { isEmptyList } from "../../validation/lists.ts";
import { validateBoundedList, validateBoundedSet } from "./bounded-lists.ts";
import { validateDeviceConfiguration, validateDeviceSelectors } from "./device-selection.validation.ts";
import { validateDeviceToleration } from "./device-taints.validation.ts";
import { validateFullyQualifiedName } from "./names.validation.ts";
import { requestNamesOf, validateRequestName, validateRequestReference } from "./request-names.ts";

const MAX_REQUESTS = 32;
const MAX_ALTERNATIVES = 8;
const MAX_CONSTRAINTS = 32;
export const MAX_CONFIGURATIONS = 32;
const ALLOCATION_MODES = ["All", "ExactCount"];

/** What an exact request and an alternative have in common. */
type SingleRequest = ExactDeviceRequest | DeviceSubRequest;

export function setClaimSpecDefaults(spec: ResourceClaimSpec): ResourceClaimSpec {
  return mapField(spec, "devices", (devices) =>
    mapField(devices, "requests", (requests) => mapList(requests, setRequestDefaults)),
  );
}

function setRequestDefaults(request: DeviceRequest): DeviceRequest {
  return mapField(mapField(request, "exactly", setSingleRequestDefaults), "firstAvailable", (alternatives) =>
    mapList(alternatives, setSingleRequestDefaults),
  );
}

function setSingleRequestDefaults<R extends SingleRequest>(request: R): R {
  const withMode = fillZero<SingleRequest>(request, { allocationMode: "ExactCount" });
  const filled = withMode.allocationMode === "ExactCount" ? fillZero(withMode, { count: 1 }) : withMode;
  // Nothing but common fields was filled in.
  return mapField(filled, "tolerations", setTolerationDefaults) as R;
}

export function setTolerationDefaults(tolerations: readonly DeviceToleration[]): readonly DeviceToleration[] {
  return mapList(tolerations, (toleration) => fillZero(toleration, { operator: "Equal" }));
}

export function validateClaimSpec({ devices }: ResourceClaimSpec, path: string): FieldErrors {
  return validateDeviceClaim(devices, `${path}.devices`);
}

function validateDeviceClaim(claim: DeviceClaim, path: string): FieldErrors {
  const names = requestNamesOf(claim);
  return collectErrors(
    validateBoundedSet(claim.requests, `${path}.requests`, {
      max: MAX_REQUESTS,
      key: ({ name }) => name,
      validate: validateRequest,
    }),
    validateBoundedList(claim.constraints, `${path}.constraints`, MAX_CONSTRAINTS, (constraint, itemPath) =>
      validateConstraint(constraint, itemPath, names),
    ),
    validateBoundedList(claim.config, `${path}.config`, MAX_CONFIGURATIONS, (config, itemPath) =>
      collectErrors(
        validateRequestReferences(config.requests, `${itemPath}.requests`, names),
        validateDeviceConfiguration(config, itemPath),
      ),
    ),
  );
}

function validateRequest({ name, exactly, firstAvailable }: DeviceRequest, path: string): FieldErrors {
  const hasAlternatives = !isEmptyList(firstAvailable);
  const rule = "exactly one of `exactly` or `firstAvailable` is required";
  return collectErrors(
    validateRequestName(name, `${path}.name`),
    !hasAlternatives && exactly === undefined && required(path, rule),
    hasAlternatives && exactly !== undefined && invalid(path, null, `${rule}, but multiple fields are set`),
    hasAlternatives &&
      exactly === undefined &&
      validateBoundedSet(firstAvailable, `${path}.firstAvailable`, {
        max: MAX_ALTERNATIVES,
        key: (alternative) => alternative.name,
        validate: (alternative, itemPath) =>
          collectErrors(
            validateRequestName(alternative.name, `${itemPath}.name`),
            validateSingleRequest(alternative, itemPath),
          ),
      }),
    !hasAlternatives && exactly !== undefined && validateSingleRequest(exactly, `${path}.exactly`),
  );
}

function validateSingleRequest(request: SingleRequest, path: string): FieldErrors {
  return collectErrors(
    requireFormat(request.deviceClassName, `${path}.deviceClassName`, checkDNS1123Subdomain),
    validateDeviceSelectors(request.selectors, `${path}.selectors`),
    validateCount(request, path),
    validateEach(request.tolerations, `${path}.tolerations`, validateDeviceToleration),
  );
}

function validateCount({ allocationMode, count = 0 }: SingleRequest, path: string): FieldErrors {
  const mode: string = allocationMode ?? "";
  return collectErrors(
    mode === "All" &&
      count !== 0 &&
      invalid(`${path}.count`, count, "must not be specified when allocationMode is 'All'"),
    mode === "ExactCount" && count <= 0 && invalid(`${path}.count`, count, "must be greater than zero"),
    !ALLOCATION_MODES.includes(mode) && notSupported(`${path}.allocationMode`, mode, ALLOCATION_MODES),
  );
}

function validateConstraint(
  { requests, matchAttribute, distinctAttribute }: DeviceConstraint,
  path: string,
  names: ReadonlySet<string>,
): FieldErrors {
  return collectErrors(
    validateRequestReferences(requests, `${path}.requests`, names),
    matchAttribute !== undefined && validateFullyQualifiedName(matchAttribute, `${path}.matchAttribute`),
    matchAttribute === undefined &&
      distinctAttribute !== undefined &&
      validateFullyQualifiedName(distinctAttribute, `${path}.distinctAttribute`),
    matchAttribute === undefined &&
      distinctAttribute === undefined &&
      required(
        path,
        'exactly one of "matchAttribute" or "distinctAttribute" is required, but multiple fields are set',
      ),
  );
}

export function validateRequestReferences(
  requests: readonly string[] | undefined,
  path: string,
  names: ReadonlySet<string>,
): FieldErrors {
  return validateBoundedSet(requests, path, {
    max: MAX_REQUESTS,
    key: (name) => name,
    validate: (name, itemPath) => validateRequestReference(name, itemPath, names),
  });
}
