/** Claims and devices as messages print them, in the Go types of Kubernetes (upstream pkg/apis/resource/types.go). */

import { NODE_SELECTOR_TERM } from "../../core/v1/pod-spec/node-selector.ts";
import type { AllocationResult, DeviceAttribute, ResourceClaimSpec } from "../../generated/resource-v1.ts";
import { type InternalForm, internalForm } from "../../validation/internal-form.ts";

const TOLERATION: InternalForm = { Key: "", Operator: "", Value: "", Effect: "", TolerationSeconds: null };

/** Of an exact request and of an alternative, which differ in the name and in administrative access. */
const CHOICE: InternalForm = {
  DeviceClassName: "",
  Selectors: [{ CEL: { Expression: "" } }],
  AllocationMode: "",
  Count: 0,
};
const CAPACITY: InternalForm = { Tolerations: [TOLERATION], Capacity: { Requests: null } };

const OPAQUE: InternalForm = { Driver: "", Parameters: null };

const CLAIM_SPEC: InternalForm = {
  Devices: {
    Requests: [
      {
        Name: "",
        Exactly: { ...CHOICE, AdminAccess: null, ...CAPACITY },
        FirstAvailable: [{ Name: "", ...CHOICE, ...CAPACITY }],
      },
    ],
    Constraints: [{ Requests: null, MatchAttribute: null, DistinctAttribute: null }],
    Config: [{ Requests: null, Opaque: OPAQUE }],
  },
};

const ALLOCATION: InternalForm = {
  Devices: {
    Results: [
      {
        Request: "",
        Driver: "",
        Pool: "",
        Device: "",
        AdminAccess: null,
        Tolerations: [TOLERATION],
        BindingConditions: null,
        BindingFailureConditions: null,
        ShareID: null,
        ConsumedCapacity: null,
      },
    ],
    Config: [{ Source: "", Requests: null, Opaque: OPAQUE }],
  },
  NodeSelector: { NodeSelectorTerms: [NODE_SELECTOR_TERM] },
  AllocationTimestamp: null,
};

export function printedClaimSpec(spec: ResourceClaimSpec): unknown {
  return internalForm(spec, CLAIM_SPEC);
}

export function printedAllocation(allocation: AllocationResult): unknown {
  return internalForm({ devices: {}, ...allocation }, ALLOCATION);
}

/** Its fields have longer names there, and another order. */
export function printedAttribute(attribute: DeviceAttribute): unknown {
  const { int, bool, string, version, ints, bools, strings, versions } = attribute;
  const values = { Int: int, Bool: bool, String: string, Version: version };
  const lists = { Int: ints, Bool: bools, String: strings, Version: versions };
  return Object.fromEntries([
    ...Object.entries(values).map(([name, value]) => [`${name}Value`, value ?? null]),
    ...Object.entries(lists).map(([name, list]) => [`${name}Values`, list ?? null]),
  ]);
}
