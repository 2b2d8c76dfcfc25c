import { invalid, notSupported, required } from "#apimachinery/field-error.ts";
import { ageColumn, nameColumn } from "../../columns.ts";
import { fillAbsent, mapField } from "../../defaulting.ts";
import type {
  MutatingAdmissionPolicy,
  MutatingAdmissionPolicySpec,
  Mutation,
} from "../../generated/admissionregistration-v1.ts";
import { defineKind } from "../../kind.ts";
import { requireSupported, requireText, validateEach } from "../../validation/checks.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";
import { isEmptyList } from "../../validation/lists.ts";
import { setMatchDefaults } from "./defaults.ts";
import { validatePolicyConditions, validatePolicyScope, validateVariable } from "./policy.validation.ts";
import { paramKindColumn } from "./policy-columns.ts";
import { REINVOCATION_POLICIES } from "./policy-names.ts";
import { validateMutableOperations } from "./rules.validation.ts";
import { staticNameWarnings } from "./static-names.ts";

/** The field that belongs to each type of patch. */
const PATCH_FIELDS = { ApplyConfiguration: "applyConfiguration", JSONPatch: "jsonPatch" } as const;

export const mutatingAdmissionPolicy = defineKind<MutatingAdmissionPolicy>(
  { apiVersion: "admissionregistration.k8s.io/v1", kind: "MutatingAdmissionPolicy" },
  {
    columns: [
      nameColumn,
      { name: "Mutations", type: "integer", value: ({ spec }) => spec.mutations?.length ?? 0 },
      paramKindColumn,
      ageColumn,
    ],
    setDefaults: (object) => mapField(object, "spec", setSpecDefaults),
    validate: ({ spec }) => validateSpec(spec, undefined),
    validateUpdate: ({ spec }, previous) => validateSpec(spec, previous.spec),
    warnings: staticNameWarnings,
    allowUnconditionalUpdate: false,
  },
);

function setSpecDefaults(spec: MutatingAdmissionPolicySpec): MutatingAdmissionPolicySpec {
  return mapField(fillAbsent(spec, { failurePolicy: "Fail" }), "matchConstraints", setMatchDefaults);
}

/** Expressions are not compiled. */
function validateSpec(
  spec: MutatingAdmissionPolicySpec,
  previous: MutatingAdmissionPolicySpec | undefined,
): FieldErrors {
  const rules = spec.matchConstraints?.resourceRules;
  return collectErrors(
    validatePolicyScope(spec, "spec"),
    validateMutableOperations(rules, "spec.matchConstraints.resourceRules"),
    validatePolicyConditions(spec, previous, "spec"),
    validateEach(spec.variables, "spec.variables", validateVariable),
    isEmptyList(spec.mutations) && required("spec.mutations", "mutations must contain at least one item"),
    validateEach(spec.mutations, "spec.mutations", validateMutation),
    requireSupported(spec.reinvocationPolicy, "spec.reinvocationPolicy", REINVOCATION_POLICIES),
  );
}

function validateMutation(mutation: Mutation, path: string): FieldErrors {
  const type: string = mutation.patchType;
  if (type === "") return [required(`${path}.patchType`)];
  if (type !== "ApplyConfiguration" && type !== "JSONPatch") {
    return [notSupported(`${path}.patchType`, type, Object.keys(PATCH_FIELDS))];
  }
  const own = PATCH_FIELDS[type];
  const other = PATCH_FIELDS[type === "JSONPatch" ? "ApplyConfiguration" : "JSONPatch"];
  return collectErrors(
    mutation[own] === undefined
      ? required(`${path}.${own}`, `must be specified when patchType is ${type}`)
      : requireText(mutation[own].expression?.trim(), `${path}.${own}.expression`),
    mutation[other] !== undefined &&
      invalid(`${path}.${other}`, `{${other}}`, `must not be specified when patchType is ${type}`),
  );
}
