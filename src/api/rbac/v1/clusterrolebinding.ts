import { checkPathSegmentName } from "#apimachinery/formats.ts";
import type { ClusterRoleBinding } from "../../generated/rbac-v1.ts";
import { defineKind } from "../../kind.ts";
import {
  type BindingRules,
  bindingColumns,
  setBindingDefaults,
  validateBinding,
  validateBindingUpdate,
} from "./bindings.ts";

const RULES: BindingRules = { isNamespaced: false, roleKinds: ["ClusterRole"] };

export const clusterRoleBinding = defineKind<ClusterRoleBinding>(
  { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRoleBinding" },
  {
    columns: bindingColumns,
    setDefaults: setBindingDefaults,
    validateName: checkPathSegmentName,
    validate: (binding) => validateBinding(binding, RULES),
    validateUpdate: (next, previous) => validateBindingUpdate(next, previous, RULES),
    hasGeneration: false,
    allowCreateOnUpdate: true,
  },
);
