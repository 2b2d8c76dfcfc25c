import { checkPathSegmentName } from "#apimachinery/formats.ts";
import { createdAtColumns } from "../../columns.ts";
import type { Role } from "../../generated/rbac-v1.ts";
import { defineKind } from "../../kind.ts";
import { validateEach } from "../../validation/checks.ts";
import type { FieldErrors } from "../../validation/collect-errors.ts";
import { validatePolicyRule } from "./policy-rule.ts";

export const role = defineKind<Role>(
  { apiVersion: "rbac.authorization.k8s.io/v1", kind: "Role" },
  {
    columns: createdAtColumns,
    validateName: checkPathSegmentName,
    validate: validateRole,
    validateUpdate: validateRole,
    hasGeneration: false,
    allowCreateOnUpdate: true,
  },
);

function validateRole({ rules }: Role): FieldErrors {
  return validateEach(rules ?? [], "rules", (rule, path) =>
    validatePolicyRule(rule, path, { isNamespaced: true }),
  );
}
