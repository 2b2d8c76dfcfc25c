import type { Time } from "#apimachinery/generated/meta-v1.ts";
import { quote } from "#apimachinery/go-text.ts";
import { omit } from "#base/omit.ts";
import { ageColumn, nameColumn, textColumn } from "../../columns.ts";
import { fillAbsent, mapField, mapList } from "../../defaulting.ts";
import type { Device, DeviceAttribute, ResourceSlice } from "../../generated/resource-v1.ts";
import { defineKind, type WriteContext } from "../../kind.ts";
import { validateSlice, validateSliceUpdate } from "./resourceslice.validation.ts";

export const resourceSlice = defineKind<ResourceSlice>(
  { apiVersion: "resource.k8s.io/v1", kind: "ResourceSlice" },
  {
    columns: [
      nameColumn,
      textColumn("Node", ({ spec }) => spec.nodeName ?? ""),
      textColumn("Driver", ({ spec }) => spec.driver),
      textColumn("Pool", ({ spec }) => spec.pool.name),
      ageColumn,
    ],
    prepareForCreate: (slice, context) => prepareDevices(slice, context),
    prepareForUpdate: (next, _previous, context) => prepareDevices(next, context),
    validate: validateSlice,
    validateUpdate: validateSliceUpdate,
    warnings: ({ spec: { driver } }) =>
      driver === driver.toLowerCase()
        ? []
        : [`spec.driver: driver names should be lowercase; ${quote(driver)} contains uppercase characters`],
    selectableFields: {
      "spec.nodeName": ({ spec }) => spec.nodeName ?? "",
      "spec.driver": ({ spec }) => spec.driver,
    },
    describeUnselectable: (field) =>
      `field label not supported for resource.k8s.io/v1, Kind=ResourceSlice: ${field}`,
  },
);

function prepareDevices(slice: ResourceSlice, { now }: WriteContext): ResourceSlice {
  return mapField(slice, "spec", (spec) =>
    mapField(spec, "devices", (devices) =>
      mapList(devices, (device) => stampTaints(dropDisabledFields(device), now)),
    ),
  );
}

/** When a taint was added matters for how long it is tolerated. */
function stampTaints(device: Device, now: Time): Device {
  return mapField(device, "taints", (taints) =>
    mapList(taints, (taint) => fillAbsent(taint, { timeAdded: now })),
  );
}

/** Fields of the gates DRANodeAllocatableResources and DRAListTypeAttributes, which are off. */
function dropDisabledFields(device: Device): Device {
  return mapField(omit(device, "nodeAllocatableResourceMappings"), "attributes", (attributes) =>
    Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, dropLists(value)])),
  );
}

function dropLists(attribute: DeviceAttribute): DeviceAttribute {
  return omit(attribute, "bools", "ints", "strings", "versions");
}
