/** Fields of the pod and of its containers' resources that environment and files may show. */

import { type FieldError, invalid, notSupported, required } from "#apimachinery/field-error.ts";
import { checkQualifiedName } from "#apimachinery/formats.ts";
import { isZeroQuantity, parseQuantity } from "#apimachinery/quantity.ts";
import type { ObjectFieldSelector, ResourceFieldSelector } from "../../../generated/core-v1.ts";
import { checkFormat } from "../../../validation/checks.ts";

/** In the order in which messages list them, as all sets here. */
export const ENV_FIELD_PATHS: readonly string[] = [
  "metadata.name",
  "metadata.namespace",
  "metadata.uid",
  "spec.nodeName",
  "spec.serviceAccountName",
  "status.hostIP",
  "status.hostIPs",
  "status.podIP",
  "status.podIPs",
];

export const VOLUME_FIELD_PATHS: readonly string[] = [
  "metadata.annotations",
  "metadata.labels",
  "metadata.name",
  "metadata.namespace",
  "metadata.uid",
];

/** Labels that a client of the API may name at all (`podshelper.ConvertDownwardAPIFieldLabel`). */
const KNOWN_FIELD_PATHS = new Set([
  ...ENV_FIELD_PATHS,
  ...VOLUME_FIELD_PATHS,
  "spec.restartPolicy",
  "spec.schedulerName",
  "spec.host",
  "status.phase",
]);

const RESOURCES: readonly string[] = [
  "limits.cpu",
  "limits.ephemeral-storage",
  "limits.memory",
  "requests.cpu",
  "requests.ephemeral-storage",
  "requests.memory",
];
const HUGE_PAGES = /^(limits|requests)\.hugepages-/;

const BYTE_DIVISORS = "1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei";

const DIVISORS = [
  {
    resource: /^(limits|requests)\.cpu$/,
    divisors: ["1m", "1"],
    message: "only divisor's values 1m and 1 are supported with the cpu resource",
  },
  bytesOf(/^(limits|requests)\.memory$/, "memory"),
  bytesOf(/^(limits|requests)\.ephemeral-storage$/, "local ephemeral storage"),
  bytesOf(HUGE_PAGES, "hugepages"),
];

export function validateFieldSelector(
  { apiVersion = "", fieldPath }: ObjectFieldSelector,
  supported: readonly string[],
  path: string,
): readonly FieldError[] {
  if (apiVersion === "") return [required(`${path}.apiVersion`)];
  if (fieldPath === "") return [required(`${path}.fieldPath`)];
  if (apiVersion !== "v1") return conversionError(fieldPath, `unsupported pod version: ${apiVersion}`, path);
  const subscripted = /^(?<field>[^[]+)\['(?<key>.*)'\]$/.exec(fieldPath)?.groups;
  if (subscripted !== undefined) return validateSubscript(fieldPath, subscripted, path);
  if (!KNOWN_FIELD_PATHS.has(fieldPath)) {
    return conversionError(fieldPath, `field label not supported: ${fieldPath}`, path);
  }
  // Very old clients send spec.host.
  const current = fieldPath === "spec.host" ? "spec.nodeName" : fieldPath;
  return supported.includes(current) ? [] : [notSupported(`${path}.fieldPath`, current, supported)];
}

/** In a volume the container must be named, in the environment it is the one at hand. */
export function validateResourceFieldSelector(
  { containerName = "", resource, divisor = "0" }: ResourceFieldSelector,
  path: string,
  isVolume: boolean,
): readonly FieldError[] {
  return [
    ...(isVolume && containerName === ""
      ? [required(`${path}.containerName`)]
      : validateResource(resource, path)),
    ...validateDivisor(resource, divisor, path),
  ];
}

function validateResource(resource: string, path: string): readonly FieldError[] {
  if (resource === "") return [required(`${path}.resource`)];
  return RESOURCES.includes(resource) || HUGE_PAGES.test(resource)
    ? []
    : [notSupported(`${path}.resource`, resource, RESOURCES)];
}

function validateDivisor(resource: string, divisor: string, path: string): readonly FieldError[] {
  const rule = DIVISORS.find((each) => each.resource.test(resource));
  if (rule === undefined || rule.divisors.includes(divisor) || isZeroQuantity(parseQuantity(divisor))) {
    return [];
  }
  return [invalid(`${path}.divisor`, resource, rule.message)];
}

function validateSubscript(
  fieldPath: string,
  { field, key = "" }: Readonly<Record<string, string>>,
  path: string,
): readonly FieldError[] {
  if (field === "metadata.annotations") return checkFormat(key.toLowerCase(), path, checkQualifiedName);
  if (field === "metadata.labels") return checkFormat(key, path, checkQualifiedName);
  return conversionError(fieldPath, `field label does not support subscript: ${fieldPath}`, path);
}

function conversionError(fieldPath: string, problem: string, path: string): readonly FieldError[] {
  return [invalid(`${path}.fieldPath`, fieldPath, `error converting fieldPath: ${problem}`)];
}

function bytesOf(resource: RegExp, name: string) {
  return {
    resource,
    divisors: BYTE_DIVISORS.split(", "),
    message: `only divisor's values ${BYTE_DIVISORS} are supported with the ${name} resource`,
  };
}
