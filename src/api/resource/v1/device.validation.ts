import { invalid, required, tooLong } from "#apimachinery/field-error.ts";
import { checkDNS1123Label, checkDNS1123Subdomain } from "#apimachinery/formats.ts";
import { validateNodeSelector } from "../../core/v1/pod-spec/node-selector.ts";
import type { Device, DeviceAttribute, DeviceCounterConsumption } from "../../generated/resource-v1.ts";
import { checkFormat, requireFormat, validateOptional } from "../../validation/checks.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";
import { semanticallyEqual } from "../../validation/equality.ts";
import { validateBindingConditions } from "./binding-conditions.validation.ts";
import { validateBoundedList, validateBoundedMap, validateBoundedSet } from "./bounded-lists.ts";
import { validateCapacity } from "./capacity.validation.ts";
import { validateCounters } from "./counters.validation.ts";
import { validateDeviceTaint } from "./device-taints.validation.ts";
import { printedAttribute } from "./internal-forms.ts";
import { MAX_QUALIFIED_NAME_LENGTH, validateQualifiedName } from "./names.validation.ts";

const MAX_ATTRIBUTES_AND_CAPACITIES = 32;
const MAX_ATTRIBUTE_VALUES = 48;
const MAX_TAINTS = 16;
const MAX_CONSUMPTIONS = 2;
const MAX_VALUE_BYTES = 64;
const SEMVER =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(\.(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*)?(\+[0-9a-zA-Z-]+(\.[0-9a-zA-Z-]+)*)?$/;
const NODE_RULE =
  "exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when `perDeviceNodeSelection` is set to true in the ResourceSlice spec";
const NO_NODES_RULE =
  "`nodeName`, `nodeSelector` and `allNodes` can only be set if `perDeviceNodeSelection` is set to true in the ResourceSlice spec";

export interface DeviceOptions {
  /** Whether each device says itself from where it can be reached. */
  readonly selectsNodes: boolean;
  readonly previous: Device | undefined;
}

export function validateDevice(
  device: Device,
  path: string,
  { selectsNodes, previous }: DeviceOptions,
): FieldErrors {
  const isTainted = previous === undefined || !semanticallyEqual(previous.taints, device.taints);
  return collectErrors(
    checkFormat(device.name, `${path}.name`, checkDNS1123Label),
    validateProperties(device, path),
    isTainted && validateBoundedList(device.taints, `${path}.taints`, MAX_TAINTS, validateDeviceTaint),
    validateBoundedSet(device.consumesCounters, `${path}.consumesCounters`, {
      max: MAX_CONSUMPTIONS,
      key: ({ counterSet }) => counterSet,
      validate: validateConsumption,
    }),
    selectsNodes ? validateNodes(device, path) : validateNoNodes(device, path),
    validateBindingConditions(device, path),
  );
}

function validateProperties(device: Device, path: string): FieldErrors {
  const attributes = Object.keys(device.attributes ?? {}).length;
  const total = attributes + Object.keys(device.capacity ?? {}).length;
  const isShared = device.allowMultipleAllocations === true;
  const names = {
    max: Number.POSITIVE_INFINITY,
    maxKeyLength: MAX_QUALIFIED_NAME_LENGTH,
    validateKey: validateQualifiedName,
  };
  return collectErrors(
    total > MAX_ATTRIBUTES_AND_CAPACITIES &&
      invalid(
        path,
        total,
        `the total number of attributes and capacities must not exceed ${String(MAX_ATTRIBUTES_AND_CAPACITIES)}`,
      ),
    attributes > MAX_ATTRIBUTE_VALUES &&
      invalid(
        path,
        attributes,
        `the total number of attribute values must not exceed ${String(MAX_ATTRIBUTE_VALUES)}`,
      ),
    validateBoundedMap(device.attributes, `${path}.attributes`, { ...names, validate: validateAttribute }),
    validateBoundedMap(device.capacity, `${path}.capacity`, {
      ...names,
      validate: (capacity, capacityPath) => validateCapacity(capacity, capacityPath, isShared),
    }),
  );
}

function validateAttribute(attribute: DeviceAttribute, path: string): FieldErrors {
  const { string = "", version } = attribute;
  const values = [attribute.bool, attribute.int, attribute.string, version];
  const count = values.filter((value) => value !== undefined).length;
  return collectErrors(
    Buffer.byteLength(string) > MAX_VALUE_BYTES && tooLong(`${path}.string`, MAX_VALUE_BYTES),
    version !== undefined && validateVersion(version, `${path}.version`),
    count !== 1 &&
      invalid(path, count === 0 ? "" : printedAttribute(attribute), "exactly one value must be specified"),
  );
}

function validateVersion(version: string, path: string): FieldErrors {
  return collectErrors(
    !SEMVER.test(version) && invalid(path, version, "must be a string compatible with semver.org spec 2.0.0"),
    Buffer.byteLength(version) > MAX_VALUE_BYTES && tooLong(path, MAX_VALUE_BYTES),
  );
}

function validateConsumption({ counterSet, counters }: DeviceCounterConsumption, path: string): FieldErrors {
  return collectErrors(
    requireFormat(counterSet, `${path}.counterSet`, checkDNS1123Label),
    validateCounters(counters, `${path}.counters`),
  );
}

function validateNodes({ nodeName, nodeSelector, allNodes }: Device, path: string): FieldErrors {
  const choices = {
    "`nodeName`": (nodeName ?? "") !== "",
    "`nodeSelector`": nodeSelector !== undefined,
    "`allNodes`": allNodes === true,
  };
  const chosen = Object.entries(choices).flatMap(([name, isChosen]) => (isChosen ? [name] : []));
  return collectErrors(
    nodeName === "" && invalid(`${path}.nodeName`, nodeName, "must not be empty"),
    nodeName !== undefined &&
      nodeName !== "" &&
      checkFormat(nodeName, `${path}.nodeName`, checkDNS1123Subdomain),
    validateOptional(nodeSelector, `${path}.nodeSelector`, validateNodeSelector),
    allNodes === false && invalid(`${path}.allNodes`, allNodes, "must be either unset or set to true"),
    chosen.length === 0 && required(path, NODE_RULE),
    chosen.length > 1 && invalid(path, `{${chosen.join(", ")}}`, NODE_RULE),
  );
}

function validateNoNodes({ nodeName, nodeSelector, allNodes }: Device, path: string): FieldErrors {
  const isChosen = nodeName !== undefined || nodeSelector !== undefined || allNodes !== undefined;
  return isChosen ? [invalid(path, null, NO_NODES_RULE)] : [];
}
