import { ageColumn, nameColumn } from "../../columns.ts";
import { fillAbsent, mapField } from "../../defaulting.ts";
import type {
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicySpec,
} from "../../generated/admissionregistration-v1.ts";
import { defineKind } from "../../kind.ts";
import { setMatchDefaults } from "./defaults.ts";
import { paramKindColumn } from "./policy-columns.ts";
import { staticNameWarnings } from "./static-names.ts";
import { validatePolicy, validatePolicyStatusUpdate } from "./validatingadmissionpolicy.validation.ts";

export const validatingAdmissionPolicy = defineKind<ValidatingAdmissionPolicy>(
  { apiVersion: "admissionregistration.k8s.io/v1", kind: "ValidatingAdmissionPolicy" },
  {
    columns: [
      nameColumn,
      { name: "Validations", type: "integer", value: ({ spec }) => spec.validations?.length ?? 0 },
      paramKindColumn,
      ageColumn,
    ],
    setDefaults: (object) => mapField(object, "spec", setSpecDefaults),
    validate: (policy) => validatePolicy(policy),
    validateUpdate: validatePolicy,
    validateStatusUpdate: validatePolicyStatusUpdate,
    warnings: staticNameWarnings,
    allowUnconditionalUpdate: false,
  },
);

function setSpecDefaults(spec: ValidatingAdmissionPolicySpec): ValidatingAdmissionPolicySpec {
  return mapField(fillAbsent(spec, { failurePolicy: "Fail" }), "matchConstraints", setMatchDefaults);
}
