/** The claims of dynamic resources that controllers have made for a pod (KEP-4381, KEP-5004). */

import { duplicate, invalid, required } from "#apimachinery/field-error.ts";
import { checkDNS1123Label, checkDNS1123Subdomain } from "#apimachinery/formats.ts";
import { ownValue } from "#base/own-value.ts";
import type {
  ContainerExtendedResourceRequest,
  PodExtendedResourceClaimStatus,
  PodResourceClaimStatus,
  PodSpec,
} from "../../../generated/core-v1.ts";
import { checkFormat, requireFormat, validateEach } from "../../../validation/checks.ts";
import { collectErrors, type FieldErrors } from "../../../validation/collect-errors.ts";
import { repetitions } from "../../../validation/lists.ts";

export function validateClaimStatuses(
  statuses: readonly PodResourceClaimStatus[] | undefined,
  { resourceClaims = [] }: PodSpec,
  path: string,
): FieldErrors {
  const isRepeated = repetitions();
  const message = "must match the name of an entry in `spec.resourceClaims`";
  return validateEach(statuses, path, ({ name, resourceClaimName }, statusPath) =>
    collectErrors(
      !resourceClaims.some((claim) => claim.name === name) && invalid(`${statusPath}.name`, name, message),
      isRepeated(name) && duplicate(`${statusPath}.name`, name),
      // Upstream reports a bad name of the claim at the name of the entry.
      resourceClaimName !== undefined &&
        checkFormat(resourceClaimName, `${statusPath}.name`, checkDNS1123Subdomain),
    ),
  );
}

export function validateExtendedClaimStatus(
  status: PodExtendedResourceClaimStatus | undefined,
  spec: PodSpec,
  path: string,
): FieldErrors {
  if (status === undefined) return [];
  const isRepeated = repetitions();
  const mappings = status.requestMappings ?? [];
  return collectErrors(
    mappings.length === 0 && required(`${path}.requestMappings`, "at least one request mapping is required"),
    validateEach(mappings, `${path}.requestMappings`, (mapping, mappingPath) =>
      collectErrors(
        validateMapping(mapping, spec, mappingPath),
        checkFormat(mapping.requestName, `${path}.requestName`, checkDNS1123Label),
        isRepeated(MAPPING_FIELDS.map((field) => mapping[field]).join("/")) &&
          MAPPING_FIELDS.map((field) => duplicate(`${mappingPath}.${field}`, mapping[field])),
      ),
    ),
    requireFormat(status.resourceClaimName, `${path}.resourceClaimName`, checkDNS1123Subdomain),
  );
}

const MAPPING_FIELDS = ["containerName", "resourceName", "requestName"] as const;

function validateMapping(
  { containerName, resourceName }: ContainerExtendedResourceRequest,
  { initContainers = [], containers }: PodSpec,
  path: string,
): FieldErrors {
  const container = [...containers, ...initContainers].find(({ name }) => name === containerName);
  if (container === undefined) {
    const message = "must match the name of an entry in spec.initContainers.name or spec.containers.name";
    return [invalid(`${path}.containerName`, containerName, message)];
  }
  const message =
    "must match the extended resource name of an entry in spec.initContainers.resources.requests or spec.containers.resources.requests";
  return ownValue(container.resources?.requests, resourceName) === undefined
    ? [invalid(`${path}.resourceName`, resourceName, message)]
    : [];
}
