import { ageColumn, nameColumn } from "../../columns.ts";
import { mapField } from "../../defaulting.ts";
import type { MutatingAdmissionPolicyBinding } from "../../generated/admissionregistration-v1.ts";
import { defineKind } from "../../kind.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";
import { setMatchDefaults } from "./defaults.ts";
import { validateBinding } from "./policy.validation.ts";
import { bindingColumns } from "./policy-columns.ts";
import { validateMutableOperations } from "./rules.validation.ts";
import { staticNameWarnings } from "./static-names.ts";

export const mutatingAdmissionPolicyBinding = defineKind<MutatingAdmissionPolicyBinding>(
  { apiVersion: "admissionregistration.k8s.io/v1", kind: "MutatingAdmissionPolicyBinding" },
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

function validate({ spec }: MutatingAdmissionPolicyBinding): FieldErrors {
  const rules = spec.matchResources?.resourceRules;
  return collectErrors(
    validateBinding(spec, "spec"),
    validateMutableOperations(rules, "spec.matchResources.resourceRules"),
  );
}
