/** Names and amounts of compute resources (`pkg/apis/core/helper/helpers.go` and core validation). */

import {
  duplicate,
  type FieldError,
  forbidden,
  invalid,
  notFound,
  required,
} from "#apimachinery/field-error.ts";
import { checkDNS1123Label, checkQualifiedName } from "#apimachinery/formats.ts";
import type { Quantity } from "#apimachinery/generated/meta-v1.ts";
import {
  compareQuantities,
  formatQuantity,
  isNegativeQuantity,
  type ParsedQuantity,
  parseQuantity,
  quantityMilliValue,
  quantityValue,
} from "#apimachinery/quantity.ts";
import { ownValue } from "#base/own-value.ts";
import type { ResourceClaim } from "../generated/core-v1.ts";
import {
  checkFormat,
  NEGATIVE_MESSAGE,
  NOT_POSITIVE_MESSAGE,
  validateEach,
  validateEntries,
} from "./checks.ts";

export type ResourceList = Readonly<Record<string, Quantity>>;

/** Requirements as containers and pods state them; overhead has limits alone. */
export interface Requirements {
  readonly limits?: ResourceList;
  readonly requests?: ResourceList;
  readonly claims?: readonly ResourceClaim[];
}

export type ResourceNameValidator = (name: string, path: string) => readonly FieldError[];

const HUGE_PAGES_PREFIX = "hugepages-";

const COUNTED_RESOURCES: readonly string[] = [
  "configmaps",
  "persistentvolumeclaims",
  "pods",
  "replicationcontrollers",
  "resourcequotas",
  "secrets",
  "services",
  "services.loadbalancers",
  "services.nodeports",
];
const CONTAINER_RESOURCES: readonly string[] = ["cpu", "memory", "ephemeral-storage"];
const BOUNDED_RESOURCES = ["requests", "limits"].flatMap((bound) =>
  CONTAINER_RESOURCES.map((name) => `${bound}.${name}`),
);
const QUOTA_RESOURCES = new Set([
  ...CONTAINER_RESOURCES,
  ...BOUNDED_RESOURCES,
  ...COUNTED_RESOURCES,
  "requests.storage",
]);
const STANDARD_RESOURCES = new Set([...QUOTA_RESOURCES, "storage"]);

export function isHugePages(name: string): boolean {
  return name.startsWith(HUGE_PAGES_PREFIX);
}

export function isQuotaResource(name: string): boolean {
  return QUOTA_RESOURCES.has(name) || isQuotaHugePages(name);
}

/** Names without a domain belong to Kubernetes, as those of its own domain. */
export function isNativeResource(name: string): boolean {
  return !name.includes("/") || name.includes("kubernetes.io/");
}

export function isOvercommitAllowed(name: string): boolean {
  return isNativeResource(name) && !isHugePages(name);
}

export function isExtendedResource(name: string): boolean {
  if (isNativeResource(name) || name.startsWith("requests.")) return false;
  return checkQualifiedName(`requests.${name}`).length === 0;
}

/** Any resource that Kubernetes knows or that has a domain. */
export const validateResourceName: ResourceNameValidator = (name, path) => {
  const errors = checkFormat(name, path, checkQualifiedName);
  if (errors.length > 0 || name.includes("/")) return errors;
  return STANDARD_RESOURCES.has(name) || isQuotaHugePages(name)
    ? []
    : [invalid(path, name, "must be a standard resource type or fully qualified")];
};

/** A resource that a container can ask for. */
export const validateContainerResourceName: ResourceNameValidator = (name, path) => {
  const errors = validateResourceName(name, path);
  if (!name.includes("/")) {
    return CONTAINER_RESOURCES.includes(name) || isHugePages(name)
      ? errors
      : [...errors, invalid(path, name, "must be a standard resource for containers")];
  }
  return isNativeResource(name) || isExtendedResource(name)
    ? errors
    : [...errors, invalid(path, name, "doesn't follow extended resource name standard")];
};

/** A resource that a quota can bound. */
export const validateQuotaResourceName: ResourceNameValidator = (name, path) => {
  const errors = validateResourceName(name, path);
  return name.includes("/") || isQuotaResource(name)
    ? errors
    : [...errors, invalid(path, name, "must be a standard resource for quota")];
};

/** An amount of a resource: not negative, and whole where the resource is counted. */
export function validateResourceQuantity(name: string, text: Quantity, path: string): readonly FieldError[] {
  const quantity = parseQuantity(text);
  const isCounted = COUNTED_RESOURCES.includes(name) || isExtendedResource(name);
  const isFraction = isCounted && quantityMilliValue(quantity) % 1000 !== 0;
  return [
    ...(isNegativeQuantity(quantity) ? [invalid(path, formatQuantity(quantity), NEGATIVE_MESSAGE)] : []),
    ...(isFraction ? [invalid(path, text, "must be an integer")] : []),
  ];
}

export function validatePositiveQuantity(text: Quantity, path: string): readonly FieldError[] {
  const quantity = parseQuantity(text);
  return quantity.nanos > 0n ? [] : [invalid(path, formatQuantity(quantity), NOT_POSITIVE_MESSAGE)];
}

/** An amount of any resource, as the status of volumes and claims states it. */
export function validateBasicQuantity(text: Quantity, path: string): readonly FieldError[] {
  const value = quantityValue(parseQuantity(text));
  return value < 0 ? [invalid(path, value, "must be a valid resource quantity")] : [];
}

/** Problems of requests, limits and claims together; `validateName` says which resources may be asked for. */
export function validateRequirements(
  requirements: Requirements | undefined,
  claimNames: ReadonlySet<string>,
  path: string,
  validateName: ResourceNameValidator = validateContainerResourceName,
): readonly FieldError[] {
  if (requirements === undefined) return [];
  const { limits = {}, requests = {}, claims } = requirements;
  const validateAmount = (name: string, text: Quantity, entryPath: string) => [
    ...validateName(name, entryPath),
    ...validateResourceQuantity(name, text, entryPath),
  ];
  return [
    ...validateEntries(limits, `${path}.limits`, (name, text, entryPath) => [
      ...validateAmount(name, text, entryPath),
      ...validateHugePages(name, text, entryPath),
    ]),
    ...validateEntries(requests, `${path}.requests`, (name, text, entryPath) => [
      ...validateAmount(name, text, entryPath),
      ...validateRequest(name, text, ownValue(limits, name), path),
      ...validateHugePages(name, text, entryPath),
    ]),
    ...validateHugePagesCompany([...Object.keys(limits), ...Object.keys(requests)], path),
    ...validateClaimReferences(claims, claimNames, `${path}.claims`),
  ];
}

/** Errors of a request against its limit name the whole map, as upstream's do. */
function validateRequest(
  name: string,
  request: Quantity,
  limit: Quantity | undefined,
  path: string,
): readonly FieldError[] {
  const mustBeEqual = !isOvercommitAllowed(name);
  if (limit === undefined) {
    const detail = "Limit must be set for non overcommitable resources";
    return mustBeEqual ? [required(`${path}.limits`, detail)] : [];
  }
  const order = compareQuantities(parseQuantity(request), parseQuantity(limit));
  if (order === 0 || (order < 0 && !mustBeEqual)) return [];
  const rule = mustBeEqual ? "must be equal to" : "must be less than or equal to";
  return [invalid(`${path}.requests`, request, `${rule} ${name} limit of ${limit}`)];
}

function validateHugePages(name: string, text: Quantity, path: string): readonly FieldError[] {
  if (!isHugePages(name) || isDivisible(parseQuantity(text), name.slice(HUGE_PAGES_PREFIX.length))) return [];
  return [invalid(path, text, `${text} is not positive integer multiple of ${name}`)];
}

function isDivisible(quantity: ParsedQuantity, pageSize: string): boolean {
  const size = parsePageSize(pageSize);
  return size !== undefined && size > 0n && quantity.nanos % size === 0n;
}

/** The page size of a resource name in billionths of a byte; undefined when it is none. */
function parsePageSize(text: string): bigint | undefined {
  try {
    const { nanos } = parseQuantity(text);
    return nanos % 1_000_000_000n === 0n ? nanos : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function validateHugePagesCompany(names: readonly string[], path: string): readonly FieldError[] {
  const isAlone = names.some(isHugePages) && !names.some((name) => name === "cpu" || name === "memory");
  return isAlone ? [forbidden(path, "HugePages require cpu or memory")] : [];
}

function validateClaimReferences(
  claims: readonly ResourceClaim[] | undefined,
  known: ReadonlySet<string>,
  path: string,
): readonly FieldError[] {
  const seen = new Set<string>();
  return validateEach(claims, path, ({ name, request = "" }, claimPath) => {
    if (name === "") return [required(claimPath)];
    return [
      ...validateClaimOnce(name, request, seen, claimPath),
      ...(known.has(name) ? [] : [unknownClaim(name, known, claimPath)]),
    ];
  });
}

/** A claim is referenced either as a whole or by its single requests, each once. */
function validateClaimOnce(
  name: string,
  request: string,
  seen: Set<string>,
  path: string,
): readonly FieldError[] {
  if (seen.has(name)) return [duplicate(path, name)];
  const key = request === "" ? name : `${name}/${request}`;
  const format = request === "" ? [] : checkFormat(request, `${path}.request`, checkDNS1123Label);
  const overlaps = request === "" ? [...seen].filter((other) => other.startsWith(`${name}/`)) : [];
  const repeated = seen.has(key) ? [duplicate(path, key)] : overlaps.map(() => duplicate(path, name));
  seen.add(key);
  return [...format, ...repeated];
}

function unknownClaim(name: string, known: ReadonlySet<string>, path: string): FieldError {
  const list = known.size === 0 ? " which is empty" : `: ${[...known].toSorted().join(", ")}`;
  return notFound(path, name, `must be one of the names in pod.spec.resourceClaims${list}`);
}

function isQuotaHugePages(name: string): boolean {
  return isHugePages(name) || name.startsWith(`requests.${HUGE_PAGES_PREFIX}`);
}
