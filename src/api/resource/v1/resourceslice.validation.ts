/** Validation of the devices that drivers publish (upstream pkg/apis/resource/validation/validation.go). */
import { invalid, required } from "#apimachinery/field-error.ts";
import { checkDNS1123Label, checkDNS1123Subdomain } from "#apimachinery/formats.ts";
import { NODE_SELECTOR_TERM, validateNodeSelector } from "../../core/v1/pod-spec/node-selector.ts";
import type {
  CounterSet,
  Device,
  ResourcePool,
  ResourceSlice,
  ResourceSliceSpec,
} from "../../generated/resource-v1.ts";
import { checkFormat, requireFormat, validateImmutable, validateOptional } from "../../validation/checks.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";
import { internalForm } from "../../validation/internal-form.ts";
import { isEmptyList } from "../../validation/lists.ts";
import { validateBoundedSet } from "./bounded-lists.ts";
import { validateCounters } from "./counters.validation.ts";
import { validateDevice } from "./device.validation.ts";
import { validateDriverName, validatePoolName } from "./names.validation.ts";

const MAX_DEVICES = 128;
/** Of which some have taints or use counters. */
const MAX_ADVANCED_DEVICES = 64;
const MAX_COUNTER_SETS = 8;
const NODE_RULE =
  "exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required";

export function validateSlice({ spec }: ResourceSlice): FieldErrors {
  return validateSpec(spec, undefined, "spec");
}

export function validateSliceUpdate(next: ResourceSlice, previous: ResourceSlice): FieldErrors {
  return validateSpec(next.spec, previous.spec, "spec");
}

function validateSpec(
  spec: ResourceSliceSpec,
  previous: ResourceSliceSpec | undefined,
  path: string,
): FieldErrors {
  const { devices, sharedCounters } = spec;
  return collectErrors(
    validateDriverName(spec.driver, `${path}.driver`),
    validatePool(spec.pool, `${path}.pool`),
    previous !== undefined && validateSameOrigin(spec, previous, path),
    validateNodes(spec, path),
    sharedCounters !== undefined &&
      devices !== undefined &&
      invalid(path, "", "only one of `sharedCounters` or `devices` is allowed"),
    validateBoundedSet(devices, `${path}.devices`, {
      max: devices?.some(isAdvanced) === true ? MAX_ADVANCED_DEVICES : MAX_DEVICES,
      key: ({ name }) => name,
      validate: (device, devicePath) =>
        validateDevice(device, devicePath, {
          selectsNodes: spec.perDeviceNodeSelection === true,
          previous: previous?.devices?.find(({ name }) => name === device.name),
        }),
    }),
    validateBoundedSet(sharedCounters, `${path}.sharedCounters`, {
      max: MAX_COUNTER_SETS,
      key: ({ name }) => name,
      validate: validateCounterSet,
    }),
  );
}

function isAdvanced({ taints, consumesCounters }: Device): boolean {
  return !isEmptyList(taints) || !isEmptyList(consumesCounters);
}

function validatePool({ name, resourceSliceCount, generation }: ResourcePool, path: string): FieldErrors {
  return collectErrors(
    validatePoolName(name, `${path}.name`),
    resourceSliceCount <= 0 &&
      invalid(`${path}.resourceSliceCount`, resourceSliceCount, "must be greater than zero"),
    generation < 0 && invalid(`${path}.generation`, generation, "must be greater than or equal to zero"),
  );
}

function validateSameOrigin(spec: ResourceSliceSpec, previous: ResourceSliceSpec, path: string): FieldErrors {
  return collectErrors(
    validateImmutable(spec.pool.name, previous.pool.name, `${path}.pool.name`),
    validateImmutable(spec.driver, previous.driver, `${path}.driver`),
    validateImmutable(spec.nodeName, previous.nodeName, `${path}.nodeName`),
  );
}

/** From where the devices can be reached. */
function validateNodes(spec: ResourceSliceSpec, path: string): FieldErrors {
  const { nodeName, nodeSelector, allNodes, perDeviceNodeSelection } = spec;
  const terms = nodeSelector?.nodeSelectorTerms;
  const choices = {
    "`nodeName`": (nodeName ?? "") !== "",
    "`nodeSelector`": nodeSelector !== undefined,
    "`allNodes`": allNodes === true,
    "`perDeviceNodeSelection`": perDeviceNodeSelection === true,
  };
  const chosen = Object.entries(choices).flatMap(([name, isChosen]) => (isChosen ? [name] : []));
  return collectErrors(
    nodeName === "" &&
      invalid(`${path}.nodeName`, nodeName, "must be either unset or set to a non-empty string"),
    nodeName !== undefined &&
      nodeName !== "" &&
      checkFormat(nodeName, `${path}.nodeName`, checkDNS1123Subdomain),
    validateOptional(nodeSelector, `${path}.nodeSelector`, validateNodeSelector),
    terms !== undefined &&
      terms.length !== 1 &&
      invalid(
        `${path}.nodeSelector.nodeSelectorTerms`,
        terms.map((term) => internalForm(term, NODE_SELECTOR_TERM)),
        "must have exactly one node selector term",
      ),
    allNodes === false && invalid(`${path}.allNodes`, allNodes, "must be either unset or set to true"),
    perDeviceNodeSelection === false &&
      invalid(`${path}.perDeviceNodeSelection`, false, "must be either unset or set to true"),
    chosen.length === 0 && required(path, NODE_RULE),
    chosen.length > 1 && invalid(path, `{${chosen.join(", ")}}`, `${NODE_RULE}, but multiple fields are set`),
  );
}

function validateCounterSet({ name, counters }: CounterSet, path: string): FieldErrors {
  return collectErrors(
    requireFormat(name, `${path}.name`, checkDNS1123Label),
    validateCounters(counters, `${path}.counters`),
  );
}
