import {
  duplicate,
  forbidden,
  indexPath,
  internalFieldError,
  invalid,
  required,
} from "#apimachinery/field-error.ts";
import { MAX_SUBDOMAIN_LENGTH } from "#apimachinery/formats.ts";
import { quote } from "#apimachinery/go-text.ts";
import type { Node, NodeSpec, NodeStatus } from "../../generated/core-v1.ts";
import { validateEach, validateOptional, validatePositive } from "../../validation/checks.ts";
import { collectEach, collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";
import { cidrFamilyOf, isDualStack, validateLegacyCidr } from "../../validation/ip-fields.ts";
import { repetitions } from "../../validation/lists.ts";
import { type ResourceList, validateResourceQuantity } from "../../validation/resources.ts";
import { AVOID_PODS, type AvoidPodsEntry, TAINTS, validateOldAnnotation } from "./old-annotations.ts";
import { validateTaints } from "./pod-spec/tolerations.ts";

const FEATURE_NAME = /^[A-Z][a-zA-Z0-9]*(\/[a-zA-Z][a-zA-Z0-9]*)*$/;
const FEATURE_MESSAGE =
  "must start with an UpperCamelCase segment, with subsequent segments separated by '/' (e.g., MyFeature or MyFeature/mySubFeature), and contain only alphanumeric characters and slashes";

const CIDR_MESSAGE = 'node updates may not change podCIDR except from "" to valid';

/** Upstream reports taints and swap under `metadata`. */
export function validateNode({ metadata, spec, status = {} }: Node): FieldErrors {
  return collectErrors(
    validateAnnotations(metadata.annotations),
    validateTaints(spec.taints, "metadata.taints"),
    validateResources(status),
    validateOptional(status.nodeInfo?.swap?.capacity, "metadata.nodeSwapStatus.capacity", validatePositive),
    validateFeatures(status.declaredFeatures),
    validatePodCidrs(spec.podCIDRs ?? [], "spec.podCIDRs"),
  );
}

export function validateNodeUpdate(next: Node, previous: Node): FieldErrors {
  return collectErrors(
    validateNode(next),
    validateAddresses(next.status),
    validateFixedSpec(next.spec, previous.spec),
  );
}

export function validateNodeStatus({ metadata, status = {} }: Node): FieldErrors {
  return collectErrors(
    validateAnnotations(metadata.annotations),
    validateResources(status),
    validateFeatures(status.declaredFeatures),
    validateAddresses(status),
  );
}

function validateAnnotations(annotations: NonNullable<Node["metadata"]["annotations"]> = {}): FieldErrors {
  return collectErrors(
    validateOldAnnotation(TAINTS, annotations, "metadata.annotations", validateTaints),
    validateOldAnnotation(AVOID_PODS, annotations, "metadata.annotations", validateAvoidPods),
  );
}

/** Paths have the names of Go's fields here. */
function validateAvoidPods(entries: readonly AvoidPodsEntry[], path: string): FieldErrors {
  return validateEach(entries, path, ({ podSignature: { podController } }, entryPath) => {
    const signature = `${entryPath}.PodSignature`;
    if (podController === undefined) return [required(signature)];
    return podController.controller === true
      ? []
      : [invalid(`${signature}.PodController.Controller`, false, "must point to a controller")];
  });
}

function validateResources({ capacity, allocatable }: NodeStatus): FieldErrors {
  return [
    ...validateAmounts(capacity, "status.capacity"),
    ...validateAmounts(allocatable, "status.allocatable"),
  ];
}

function validateAmounts(list: ResourceList | undefined, path: string): FieldErrors {
  return Object.entries(list ?? {}).flatMap(([name, amount]) =>
    validateResourceQuantity(name, amount, `${path}.${name}`),
  );
}

function validateFeatures(features: readonly string[] = []): FieldErrors {
  return collectEach(features, (feature, index) => {
    const path = indexPath("status.declaredFeatures", index);
    const problem = describeFeature(feature);
    const before = features[index - 1];
    return collectErrors(
      problem !== undefined && invalid(path, feature, `invalid feature name ${quote(feature)}: ${problem}`),
      before === feature && duplicate(path, feature),
      before !== undefined &&
        before > feature &&
        invalid(path, feature, "list must be sorted alphabetically"),
    );
  });
}

function describeFeature(feature: string): string | undefined {
  if (feature.length > MAX_SUBDOMAIN_LENGTH) {
    return `must be no more than ${String(MAX_SUBDOMAIN_LENGTH)} characters`;
  }
  return FEATURE_NAME.test(feature) ? undefined : FEATURE_MESSAGE;
}

/** At most one network of each family. */
function validatePodCidrs(cidrs: readonly string[], path: string): FieldErrors {
  return collectErrors(
    validateEach(cidrs, path, (cidr, cidrPath) => validateLegacyCidr(cidr, cidrPath)),
    cidrs.length > 1 && validateFamilies(cidrs, path),
  );
}

function validateFamilies(cidrs: readonly string[], path: string): FieldErrors {
  const families = cidrs.map(cidrFamilyOf);
  const unknown = cidrs[families.indexOf(undefined)];
  const isPair = families.length === 2 && isDualStack(families);
  return collectErrors(
    unknown !== undefined &&
      internalFieldError(
        path,
        `invalid PodCIDRs. failed to check with dual stack with error:failed to parse cidr value:${quote(unknown)} with error:invalid CIDR address: ${unknown}`,
      ),
    !isPair && invalid(path, cidrs, "may specify no more than one CIDR for each IP family"),
  );
}

function validateAddresses(status: NodeStatus | undefined): FieldErrors {
  const isRepeated = repetitions();
  return validateEach(status?.addresses, "status.addresses", ({ type, address }, path) =>
    isRepeated(`${type}/${address}`) ? [duplicate(path, { Type: type, Address: address })] : [],
  );
}

/** What is set once and for all. */
function validateFixedSpec(next: NodeSpec, previous: NodeSpec): FieldErrors {
  const { podCIDRs = [], providerID = "", externalID = "" } = previous;
  const cidrs = next.podCIDRs ?? [];
  const changed =
    cidrs.length === podCIDRs.length ? podCIDRs.filter((cidr, index) => cidr !== cidrs[index]) : [""];
  return collectErrors(
    podCIDRs.length > 0 && changed.map(() => forbidden("spec.podCIDRs", CIDR_MESSAGE)),
    providerID !== "" &&
      providerID !== next.providerID &&
      forbidden("spec.providerID", 'node updates may not change providerID except from "" to valid'),
    externalID !== (next.externalID ?? "") && forbidden("spec.externalID", "may not be updated"),
  );
}
