import { invalid, required } from "#apimachinery/field-error.ts";
import { checkPathSegmentName } from "#apimachinery/formats.ts";
import type { LabelSelector } from "#apimachinery/generated/meta-v1.ts";
import { validateLabelSelector } from "#apimachinery/selectors/label-validation.ts";
import { createdAtColumns } from "../../columns.ts";
import type { AggregationRule, ClusterRole } from "../../generated/rbac-v1.ts";
import { defineKind } from "../../kind.ts";
import { validateEach, validateOptional } from "../../validation/checks.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";

import { validatePolicyRule } from "./policy-rule.ts";

export const clusterRole = defineKind<ClusterRole>(
  { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole" },
  {
    columns: createdAtColumns,
    validateName: checkPathSegmentName,
    validate: validateClusterRole,
    validateUpdate: validateClusterRole,
    hasGeneration: false,
    allowCreateOnUpdate: true,
  },
);

function validateClusterRole({ rules, aggregationRule }: ClusterRole): FieldErrors {
  return collectErrors(
    validateEach(rules ?? [], "rules", (rule, path) =>
      validatePolicyRule(rule, path, { isNamespaced: false }),
    ),
    validateOptional(aggregationRule, "aggregationRule", validateAggregationRule),
  );
}

function validateAggregationRule({ clusterRoleSelectors = [] }: AggregationRule, path: string): FieldErrors {
  const selectorsPath = `${path}.clusterRoleSelectors`;
  return collectErrors(
    clusterRoleSelectors.length === 0 &&
      required(selectorsPath, "at least one clusterRoleSelector required if aggregationRule is non-nil"),
    validateEach(clusterRoleSelectors, selectorsPath, validateRoleSelector),
  );
}

function validateRoleSelector(selector: LabelSelector, path: string): FieldErrors {
  const errors = validateLabelSelector(selector, path);
  // Upstream prints the selector that it could not make.
  return errors.length === 0 ? errors : [...errors, invalid(path, null, "invalid label selector.")];
}
