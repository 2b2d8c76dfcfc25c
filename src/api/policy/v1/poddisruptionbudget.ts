import { invalid } from "#apimachinery/field-error.ts";
import { validateLabelSelector } from "#apimachinery/selectors/label-validation.ts";
import { ageColumn, nameColumn, textColumn } from "../../columns.ts";
import type {
  PodDisruptionBudget,
  PodDisruptionBudgetSpec,
  PodDisruptionBudgetStatus,
} from "../../generated/policy-v1.ts";
import { defineKind } from "../../kind.ts";
import { checkSupported, validateNonNegative, validateOptional } from "../../validation/checks.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";
import { validateConditions } from "../../validation/conditions.ts";
import { validateAtMost100Percent, validateIntOrPercent } from "../../validation/int-or-percent.ts";
import { type InternalForm, internalForm } from "../../validation/internal-form.ts";
import { printedSelector } from "../../validation/printed-selector.ts";

const EVICTION_POLICIES = ["AlwaysAllow", "IfHealthyBudget"];
/** In Go, the fields have these names, and are written even where they are empty. */
const SPEC: InternalForm = {
  MinAvailable: null,
  Selector: null,
  MaxUnavailable: null,
  UnhealthyPodEvictionPolicy: null,
};
const COUNTS = ["disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods"] as const;

export const podDisruptionBudget = defineKind<PodDisruptionBudget>(
  { apiVersion: "policy/v1", kind: "PodDisruptionBudget" },
  {
    columns: [
      nameColumn,
      textColumn("Min Available", ({ spec }) => String(spec.minAvailable ?? "N/A")),
      textColumn("Max Unavailable", ({ spec }) => String(spec.maxUnavailable ?? "N/A")),
      {
        name: "Allowed Disruptions",
        type: "integer",
        value: ({ status }) => status?.disruptionsAllowed ?? 0,
      },
      ageColumn,
    ],
    validate: ({ spec }) => validateSpec(spec, "spec", { allowInvalidLabelValues: false }),
    validateUpdate: ({ spec }, { spec: previous }) =>
      validateSpec(spec, "spec", {
        allowInvalidLabelValues: validateLabelSelector(previous.selector, "").length > 0,
      }),
    validateStatusUpdate: ({ status }) => validateOptional(status, "status", validateStatus),
    allowUnconditionalUpdate: false,
  },
);

function validateSpec(
  spec: PodDisruptionBudgetSpec,
  path: string,
  options: { readonly allowInvalidLabelValues: boolean },
): FieldErrors {
  const { minAvailable, maxUnavailable, selector, unhealthyPodEvictionPolicy } = spec;
  return collectErrors(
    minAvailable !== undefined &&
      maxUnavailable !== undefined &&
      invalid(path, printedSpec(spec), "minAvailable and maxUnavailable cannot be both set"),
    validateOptional(minAvailable, `${path}.minAvailable`, validateIntOrPercent),
    validateOptional(minAvailable, `${path}.minAvailable`, validateAtMost100Percent),
    validateOptional(maxUnavailable, `${path}.maxUnavailable`, validateIntOrPercent),
    validateOptional(maxUnavailable, `${path}.maxUnavailable`, validateAtMost100Percent),
    validateLabelSelector(selector, `${path}.selector`, options),
    checkSupported(unhealthyPodEvictionPolicy, `${path}.unhealthyPodEvictionPolicy`, EVICTION_POLICIES),
  );
}

function printedSpec(spec: PodDisruptionBudgetSpec): unknown {
  return internalForm({ ...spec, selector: printedSelector(spec.selector) }, SPEC);
}

function validateStatus(status: PodDisruptionBudgetStatus, path: string): FieldErrors {
  return collectErrors(
    validateConditions(status.conditions, `${path}.conditions`),
    ...COUNTS.map((count) => validateNonNegative(status[count], `${path}.${count}`)),
  );
}
