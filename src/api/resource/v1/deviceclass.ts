import { invalid } from "#apimachinery/field-error.ts";
import { ageColumn, nameColumn } from "../../columns.ts";
import type { DeviceClass, DeviceClassSpec } from "../../generated/resource-v1.ts";
import { defineKind } from "../../kind.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";
import { semanticallyEqual } from "../../validation/equality.ts";
import { isExtendedResource } from "../../validation/resources.ts";
import { validateBoundedList } from "./bounded-lists.ts";
import { MAX_CONFIGURATIONS } from "./claim-spec.ts";
import { validateDeviceConfiguration, validateDeviceSelectors } from "./device-selection.validation.ts";

export const deviceClass = defineKind<DeviceClass>(
  { apiVersion: "resource.k8s.io/v1", kind: "DeviceClass" },
  {
    columns: [nameColumn, ageColumn],
    validate: ({ spec }) => validateSpec(spec, undefined),
    validateUpdate: ({ spec }, previous) => validateSpec(spec, previous.spec),
  },
);

function validateSpec(spec: DeviceClassSpec, previous: DeviceClassSpec | undefined): FieldErrors {
  const { selectors, config, extendedResourceName: resource } = spec;
  const isStored = previous !== undefined && semanticallyEqual(config, previous.config);
  return collectErrors(
    validateDeviceSelectors(selectors, "spec.selectors"),
    validateBoundedList(config, "spec.config", MAX_CONFIGURATIONS, (each, path) =>
      validateDeviceConfiguration(each, path, isStored),
    ),
    resource !== undefined &&
      !isExtendedResource(resource) &&
      invalid("spec.extendedResourceName", resource, "must be a valid extended resource name"),
  );
}
