/** Requests and limits of the pod as a whole (KEP-2837). */

import { type FieldError, forbidden, invalid } from "#apimachinery/field-error.ts";
import { compareQuantities, formatQuantity, parseQuantity } from "#apimachinery/quantity.ts";
import { ownValue } from "#base/own-value.ts";
import { fillEntries, mapField } from "../../../defaulting.ts";
import type { PodSpec, ResourceRequirements } from "../../../generated/core-v1.ts";
import { checkSupported, validateEach, validateEntries } from "../../../validation/checks.ts";
import {
  isHugePages,
  isOvercommitAllowed,
  type ResourceList,
  type ResourceNameValidator,
  validateRequirements,
  validateResourceName,
} from "../../../validation/resources.ts";
import { aggregateContainers, isPodLevelResource, type ResourceAmounts } from "../pod-resources.ts";

/** What messages offer, in their order. */
const SUPPORTED: readonly string[] = ["cpu", "hugepages-", "memory"];

/**
 * Fills what a partly stated pod leaves open: limits of huge pages from the containers, requests from the
 * containers or else from the limits.
 */
export function setPodLevelDefaults(spec: PodSpec): PodSpec {
  return mapField(spec, "resources", (resources) => {
    const withLimits = fillHugePageLimits(spec, resources);
    return fillRequests(spec, withLimits);
  });
}

export function validatePodLevelResources(spec: PodSpec, path: string): readonly FieldError[] {
  const { resources, os } = spec;
  if (resources === undefined) return [];
  if (os?.name === "windows") return [forbidden(path, "may not be set for a windows pod")];
  const claims = "claims may not be set for Resources at pod-level";
  return [
    ...(resources.claims === undefined ? [] : [forbidden(`${path}.claims`, claims)]),
    ...validateRequirements(resources, new Set(), path, validatePodResourceName),
    ...validateAggregates(spec, resources, path),
    ...validateContainerLimits(spec, resources.limits ?? {}, path),
  ];
}

const validatePodResourceName: ResourceNameValidator = (name, path) => {
  const errors = validateResourceName(name, path);
  if (errors.length > 0 || isPodLevelResource(name)) return errors;
  return checkSupported(name, path, SUPPORTED);
};

function fillHugePageLimits(spec: PodSpec, resources: ResourceRequirements): ResourceRequirements {
  const { limits = {}, requests = {} } = resources;
  if (Object.keys(limits).length === 0 && Object.keys(requests).length === 0) return resources;
  const fromContainers = textsOf(
    aggregateContainers(spec, "limits"),
    (name) => isHugePages(name) && !(name in requests),
  );
  return withList(resources, "limits", fillEntries(resources.limits, fromContainers));
}

function fillRequests(spec: PodSpec, resources: ResourceRequirements): ResourceRequirements {
  const { limits = {} } = resources;
  if (Object.keys(limits).length === 0) return resources;
  const fromContainers = textsOf(
    aggregateContainers(spec, "requests"),
    (name) => isPodLevelResource(name) && isOvercommitAllowed(name),
  );
  const fromLimits = Object.fromEntries(Object.entries(limits).filter(([name]) => isPodLevelResource(name)));
  const filled = fillEntries(fillEntries(resources.requests, fromContainers), fromLimits);
  return withList(resources, "requests", filled);
}

function withList(
  resources: ResourceRequirements,
  bound: "limits" | "requests",
  list: ResourceList | undefined,
): ResourceRequirements {
  return list === resources[bound] || list === undefined || Object.keys(list).length === 0
    ? resources
    : { ...resources, [bound]: list };
}

function textsOf(amounts: ResourceAmounts, isWanted: (name: string) => boolean): ResourceList {
  return Object.fromEntries(
    [...amounts].filter(([name]) => isWanted(name)).map(([name, amount]) => [name, formatQuantity(amount)]),
  );
}

/** The pod must ask for at least what its containers ask for, and may not have fewer huge pages than they. */
function validateAggregates(
  spec: PodSpec,
  { requests = {}, limits = {} }: ResourceRequirements,
  path: string,
): readonly FieldError[] {
  const limited = Object.fromEntries(Object.entries(limits).filter(([name]) => isHugePages(name)));
  return [
    ...validateAtLeast(requests, aggregateContainers(spec, "requests"), "requests", path),
    ...validateAtLeast(limited, aggregateContainers(spec, "limits"), "limits", path),
  ];
}

function validateAtLeast(
  list: ResourceList,
  aggregate: ResourceAmounts,
  bound: "limits" | "requests",
  path: string,
): readonly FieldError[] {
  return validateEntries(list, `${path}.${bound}`, (name, text, entryPath) => {
    const needed = aggregate.get(name);
    if (needed === undefined || compareQuantities(needed, parseQuantity(text)) <= 0) return [];
    const detail = `must be greater than or equal to aggregate container ${bound} of ${formatQuantity(needed)}`;
    return [invalid(entryPath, text, detail)];
  });
}

function validateContainerLimits(
  { containers }: PodSpec,
  podLimits: ResourceList,
  path: string,
): readonly FieldError[] {
  return validateEach(containers, `${path}.containers`, ({ resources }, containerPath) =>
    validateEntries(resources?.limits, containerPath, (name, text, entryPath) => {
      const bound = ownValue(podLimits, name);
      if (bound === undefined || compareQuantities(parseQuantity(text), parseQuantity(bound)) <= 0) return [];
      return [invalid(`${entryPath}.limits`, text, `must be less than or equal to pod limits of ${bound}`)];
    }),
  );
}
