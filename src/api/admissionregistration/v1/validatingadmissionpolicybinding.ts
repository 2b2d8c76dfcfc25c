import { duplicate, invalid, required } from "#apimachinery/field-error.ts";
import { ageColumn, nameColumn } from "../../columns.ts";
import { mapField } from "../../defaulting.ts";
import type { ValidatingAdmissionPolicyBinding } from "../../generated/admissionregistration-v1.ts";
import { defineKind } from "../../kind.ts";
import { checkSupported, validateEach } from "../../validation/checks.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";
import { repetitions } from "../../validation/lists.ts";
import { setMatchDefaults } from "./defaults.ts";
import { validateBinding } from "./policy.validation.ts";
import { bindingColumns } from "./policy-columns.ts";
import { staticNameWarnings } from "./static-names.ts";

const ACTIONS = ["Audit", "Deny", "Warn"];

export const validatingAdmissionPolicyBinding = defineKind<ValidatingAdmissionPolicyBinding>(
  { apiVersion: "admissionregistration.k8s.io/v1", kind: "ValidatingAdmissionPolicyBinding" },
  {
    columns: [nameColumn, ...bindingColumns, ageColumn],
    setDefaults: (object) =>
      mapField(object, "spec", (spec) => mapField(spec, "matchResources", setMatchDefaults)),
    validate,
    validateUpdate: validate,
    warnings: staticNameWarnings,
    allowUnconditionalUpdate: false,
  },
);

function validate({ spec }: ValidatingAdmissionPolicyBinding): FieldErrors {
  return collectErrors(
    validateBinding(spec, "spec"),
    validateActions(spec.validationActions ?? [], "spec.validationActions"),
  );
}

function validateActions(actions: readonly string[], path: string): FieldErrors {
  const isRepeated = repetitions();
  return collectErrors(
    validateEach(actions, path, (action, actionPath) =>
      collectErrors(
        checkSupported(action, actionPath, ACTIONS),
        isRepeated(action) && duplicate(actionPath, action),
      ),
    ),
    actions.includes("Deny") &&
      actions.includes("Warn") &&
      invalid(
        path,
        actions,
        "must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)",
      ),
    actions.length === 0 && required(path, "at least one validation action is required"),
  );
}
