/** What the kubelet reports of containers beyond their state. */

import {
  duplicate,
  type FieldError,
  forbidden,
  invalid,
  notSupported,
  required,
  tooLong,
} from "#apimachinery/field-error.ts";
import { checkId } from "#apimachinery/formats.ts";
import { ownValue } from "#base/own-value.ts";
import type {
  Container,
  ContainerStatus,
  LinuxContainerUser,
  PodSpec,
  PodStatus,
  ResourceHealth,
  ResourceStatus,
} from "../../../generated/core-v1.ts";
import { checkNumber, validateEach, validateOptional } from "../../../validation/checks.ts";
import { collectErrors, type FieldErrors } from "../../../validation/collect-errors.ts";
import { repetitions } from "../../../validation/lists.ts";

const HEALTHS: readonly string[] = ["Healthy", "Unhealthy", "Unknown"];
const MAX_HEALTH_MESSAGE_BYTES = 1024;

const LISTS = ["containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses"] as const;

export function validateContainerStatuses(status: PodStatus, spec: PodSpec): FieldErrors {
  return collectErrors(
    LISTS.flatMap((list) =>
      validateEach(status[list], `status.${list}`, (each, path) => validateUser(each, spec, path)),
    ),
    validateHealths(status.containerStatuses, spec.containers, "status.containerStatuses"),
    validateHealths(status.initContainerStatuses, spec.initContainers, "status.initContainerStatuses"),
    validateEach(status.ephemeralContainerStatuses, "status.ephemeralContainerStatuses", validateNoHealth),
  );
}

function validateUser({ user }: ContainerStatus, { os }: PodSpec, path: string): FieldErrors {
  const linuxPath = `${path}.user.linux`;
  if (user?.linux === undefined) return [];
  if (os?.name === "windows") return [forbidden(linuxPath, "cannot be set for a windows pod")];
  return validateLinuxUser(user.linux, linuxPath);
}

function validateLinuxUser({ uid, gid, supplementalGroups }: LinuxContainerUser, path: string): FieldErrors {
  return collectErrors(
    checkNumber(uid, `${path}.uid`, checkId),
    checkNumber(gid, `${path}.gid`, checkId),
    validateEach(supplementalGroups, `${path}.supplementalGroups`, (group, groupPath) =>
      checkNumber(group, groupPath, checkId),
    ),
  );
}

function validateNoHealth({ allocatedResourcesStatus = [] }: ContainerStatus, path: string): FieldErrors {
  return allocatedResourcesStatus.length === 0
    ? []
    : [forbidden(`${path}.allocatedResourcesStatus`, "must not be specified in container status")];
}

function validateHealths(
  statuses: readonly ContainerStatus[] | undefined,
  containers: readonly Container[] | undefined,
  path: string,
): FieldErrors {
  return validateEach(statuses, path, ({ name, allocatedResourcesStatus }, statusPath) => {
    const container = containers?.find((each) => each.name === name);
    return validateEach(
      allocatedResourcesStatus,
      `${statusPath}.allocatedResourcesStatus`,
      (each, eachPath) =>
        collectErrors(
          container !== undefined && validateResourceName(each, container, `${eachPath}.name`),
          validateResourceHealths(each.resources, `${eachPath}.resources`),
        ),
    );
  });
}

/** Either a resource that the container asks for, or one of its claims: `claim:name/request`. */
function validateResourceName(
  { name }: ResourceStatus,
  { resources }: Container,
  path: string,
): readonly FieldError[] {
  if (!name.startsWith("claim:")) {
    const isRequested = ownValue(resources?.requests, name) !== undefined;
    return isRequested ? [] : [invalid(path, name, "must match one of the container's resource requests")];
  }
  const claims = (resources?.claims ?? []).map((claim) =>
    (claim.request ?? "") === "" ? `claim:${claim.name}` : `claim:${claim.name}/${claim.request ?? ""}`,
  );
  const message =
    "must match one of the container's resource claims in a format 'claim:<claimName>/<request>' or 'claim:<claimName>' if request is empty";
  return claims.includes(name) ? [] : [invalid(path, name, message)];
}

function validateResourceHealths(
  resources: readonly ResourceHealth[] | undefined,
  path: string,
): FieldErrors {
  const isRepeated = repetitions();
  return validateEach(resources, path, ({ health = "", message, resourceID }, healthPath) =>
    collectErrors(
      !HEALTHS.includes(health) && notSupported(`${healthPath}.health`, health, HEALTHS),
      validateOptional(message, `${healthPath}.message`, validateHealthMessage),
      isRepeated(resourceID) && duplicate(`${healthPath}.resourceID`, resourceID),
    ),
  );
}

function validateHealthMessage(message: string, path: string): readonly FieldError[] {
  if (message === "") return [required(path, "must be non-empty if specified")];
  return Buffer.byteLength(message) > MAX_HEALTH_MESSAGE_BYTES
    ? [tooLong(path, MAX_HEALTH_MESSAGE_BYTES)]
    : [];
}
