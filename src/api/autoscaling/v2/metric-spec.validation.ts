import { forbidden, invalid, notSupported, required } from "#apimachinery/field-error.ts";
import { checkDNS1123Label, checkPathSegmentName } from "#apimachinery/formats.ts";
import { compareQuantities, parseQuantity, zeroQuantity } from "#apimachinery/quantity.ts";
import type {
  ContainerResourceMetricSource,
  ExternalMetricSource,
  MetricIdentifier,
  MetricSpec,
  MetricTarget,
  ObjectMetricSource,
  PodsMetricSource,
  ResourceMetricSource,
} from "../../generated/autoscaling-v2.ts";
import { checkFormat, requireText, validateOptional } from "../../validation/checks.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";
import { validateContainerResourceName } from "../../validation/resources.ts";
import { type ReferenceOptions, validateReference } from "./cross-version-reference.ts";

const TARGET_TYPES: readonly string[] = ["Utilization", "Value", "AverageValue"];

/** The field that belongs to each type of metric. */
const SOURCE_FIELDS = {
  ContainerResource: "containerResource",
  External: "external",
  Object: "object",
  Pods: "pods",
  Resource: "resource",
} as const;

type SourceType = keyof typeof SOURCE_FIELDS;
type SourceField = (typeof SOURCE_FIELDS)[SourceType];

/** In the order in which they are looked at. */
const FIELDS: readonly SourceField[] = ["object", "external", "pods", "resource", "containerResource"];

export function validateMetricSpec(metric: MetricSpec, path: string, options: ReferenceOptions): FieldErrors {
  const present = FIELDS.filter((field) => metric[field] !== undefined);
  const [first] = present;
  const expected = isSourceType(metric.type) ? SOURCE_FIELDS[metric.type] : undefined;
  return collectErrors(
    requireText(metric.type, `${path}.type`, "must specify a metric source type"),
    expected === undefined && unknownType(metric.type, path),
    first !== undefined && validateSource(metric, first, `${path}.${first}`, options),
    expected === undefined && unknownType(metric.type, path),
    expected !== undefined &&
      metric[expected] === undefined &&
      required(`${path}.${expected}`, "must populate information for the given metric source"),
    present.length > 1 &&
      present
        .filter((field) => field !== expected)
        .map((field) => forbidden(`${path}.${field}`, "must populate the given metric source only")),
  );
}

function isSourceType(type: string): type is SourceType {
  return Object.hasOwn(SOURCE_FIELDS, type);
}

function unknownType(type: string, path: string) {
  return notSupported(`${path}.type`, type, Object.keys(SOURCE_FIELDS));
}

/** Only the first source that is given is looked at: there must be one. */
function validateSource(
  metric: MetricSpec,
  field: SourceField,
  path: string,
  options: ReferenceOptions,
): FieldErrors {
  switch (field) {
    case "object":
      return validateOptional(metric.object, path, (source) => validateObjectSource(source, path, options));
    case "external":
      return validateOptional(metric.external, path, validateExternalSource);
    case "pods":
      return validateOptional(metric.pods, path, validatePodsSource);
    case "resource":
      return validateOptional(metric.resource, path, validateResourceSource);
    case "containerResource":
      return validateOptional(metric.containerResource, path, validateContainerResourceSource);
  }
}

function validateObjectSource(
  { describedObject, metric, target }: ObjectMetricSource,
  path: string,
  options: ReferenceOptions,
): FieldErrors {
  return collectErrors(
    validateReference(describedObject, `${path}.describedObject`, options),
    validateIdentifier(metric, `${path}.metric`),
    validateTarget(target, `${path}.target`),
    target.value === undefined &&
      target.averageValue === undefined &&
      required(`${path}.target.averageValue`, "must set either a target value or averageValue"),
  );
}

function validateExternalSource({ metric, target }: ExternalMetricSource, path: string): FieldErrors {
  const [hasValue, hasAverage] = [target.value !== undefined, target.averageValue !== undefined];
  return collectErrors(
    validateIdentifier(metric, `${path}.metric`),
    validateTarget(target, `${path}.target`),
    !hasValue &&
      !hasAverage &&
      required(
        `${path}.target.averageValue`,
        "must set either a target value for metric or a per-pod target",
      ),
    hasValue &&
      hasAverage &&
      forbidden(`${path}.target.value`, "may not set both a target value for metric and a per-pod target"),
  );
}

function validatePodsSource({ metric, target }: PodsMetricSource, path: string): FieldErrors {
  return collectErrors(
    validateIdentifier(metric, `${path}.metric`),
    validateTarget(target, `${path}.target`),
    target.averageValue === undefined &&
      required(`${path}.target.averageValue`, "must specify a positive target averageValue"),
  );
}

function validateResourceSource({ name, target }: ResourceMetricSource, path: string): FieldErrors {
  return collectErrors(
    requireText(name, `${path}.name`, "must specify a resource name"),
    validateResourceTarget(target, `${path}.target`),
  );
}

function validateContainerResourceSource(
  { name, container, target }: ContainerResourceMetricSource,
  path: string,
): FieldErrors {
  return collectErrors(
    requireText(name, `${path}.name`, "must specify a resource name"),
    name !== "" && validateContainerResourceName(name, `${path}.name`),
    requireText(container, `${path}.container`, "must specify a container"),
    container !== "" && checkFormat(container, `${path}.container`, checkDNS1123Label),
    validateResourceTarget(target, `${path}.target`),
  );
}

function validateResourceTarget(target: MetricTarget, path: string): FieldErrors {
  const hasUtilization = target.averageUtilization !== undefined;
  const hasAverage = target.averageValue !== undefined;
  return collectErrors(
    validateTarget(target, path),
    !hasUtilization &&
      !hasAverage &&
      required(`${path}.averageUtilization`, "must set either a target raw value or a target utilization"),
    hasUtilization &&
      hasAverage &&
      forbidden(`${path}.averageValue`, "may not set both a target raw value and a target utilization"),
  );
}

function validateTarget(target: MetricTarget, path: string): FieldErrors {
  const { type, averageUtilization } = target;
  return collectErrors(
    requireText(type, `${path}.type`, "must specify a metric target type"),
    !TARGET_TYPES.includes(type) &&
      invalid(`${path}.type`, type, "must be either Utilization, Value, or AverageValue"),
    validateOptional(target.value, `${path}.value`, validatePositiveTarget),
    validateOptional(target.averageValue, `${path}.averageValue`, validatePositiveTarget),
    averageUtilization !== undefined &&
      averageUtilization < 1 &&
      invalid(`${path}.averageUtilization`, averageUtilization, "must be greater than 0"),
  );
}

function validatePositiveTarget(quantity: string, path: string): FieldErrors {
  const isPositive = compareQuantities(parseQuantity(quantity), zeroQuantity) > 0;
  return isPositive ? [] : [invalid(path, quantity, "must be positive")];
}

function validateIdentifier({ name }: MetricIdentifier, path: string): FieldErrors {
  return collectErrors(
    requireText(name, `${path}.name`, "must specify a metric name"),
    name !== "" && checkFormat(name, `${path}.name`, checkPathSegmentName),
  );
}
