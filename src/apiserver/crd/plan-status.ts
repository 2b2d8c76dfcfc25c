/** The status of a definition that is not being deleted, as upstream's controllers write it between them. */

import { isProtectedGroup, judgeApproval } from "#api/apiextensions/v1/api-approval.ts";
import { caBundleProblem } from "#api/apiextensions/v1/conversion.validation.ts";
import { isEstablished, statusOf } from "#api/apiextensions/v1/definition-status.ts";
import { validateStructural } from "#api/apiextensions/v1/structural.validation.ts";
import type {
  CustomResourceDefinition,
  CustomResourceDefinitionCondition,
  CustomResourceDefinitionStatus,
} from "#api/generated/apiextensions-v1.ts";
import { removeCondition, setCondition } from "#apimachinery/conditions.ts";
import { type FieldError, formatFieldError, indexPath, invalid } from "#apimachinery/field-error.ts";
import type { Time } from "#apimachinery/generated/meta-v1.ts";
import { acceptNames } from "./accept-names.ts";
import type { DefinitionOutline } from "./definition-outline.ts";

const ESTABLISHED: CustomResourceDefinitionCondition = {
  type: "Established",
  status: "True",
  reason: "InitialNamesAccepted",
  message: "the initial names have been accepted",
};

const NOT_ACCEPTED: CustomResourceDefinitionCondition = {
  type: "Established",
  status: "False",
  reason: "NotAccepted",
  message: "not all names are accepted",
};

const INVALID_CA_BUNDLE: CustomResourceDefinitionCondition = {
  type: "Established",
  status: "False",
  reason: "InvalidCABundle",
  message: "The conversion webhook CABundle is invalid",
};

/** The next status of the definition; undefined when it is right already. */
export function planStatus(
  definition: CustomResourceDefinition,
  group: readonly DefinitionOutline[],
  now: Time,
): CustomResourceDefinitionStatus | undefined {
  const status = statusOf(definition);
  const { acceptedNames, condition } = acceptNames(definition, group);
  const others = [judgeEstablished(definition, condition), approvalOf(definition)];
  const conditions = [condition, ...others.filter((each) => each !== undefined)].reduce(
    (all, each) => setCondition(all, each, now),
    status.conditions,
  );
  const structural = withStructuralCondition(definition, conditions, now);
  const next = { ...status, acceptedNames, conditions: structural };
  return Bun.deepEquals(next, status) ? undefined : next;
}

/** What has been established once stays so, whatever names it wants later. */
function judgeEstablished(
  definition: CustomResourceDefinition,
  names: CustomResourceDefinitionCondition,
): CustomResourceDefinitionCondition {
  if (isEstablished(definition)) return ESTABLISHED;
  if (names.status !== "True") return NOT_ACCEPTED;
  const { caBundle = "" } = definition.spec.conversion?.webhook?.clientConfig ?? {};
  return caBundleProblem(caBundle) === undefined ? ESTABLISHED : INVALID_CA_BUNDLE;
}

function approvalOf(definition: CustomResourceDefinition): CustomResourceDefinitionCondition | undefined {
  if (!isProtectedGroup(definition.spec.group)) return undefined;
  return { type: "KubernetesAPIApprovalPolicyConformant", ...judgeApproval(definition) };
}

function withStructuralCondition(
  definition: CustomResourceDefinition,
  conditions: readonly CustomResourceDefinitionCondition[],
  now: Time,
): readonly CustomResourceDefinitionCondition[] {
  const type = "NonStructuralSchema";
  const errors = structuralErrors(definition);
  if (errors.length === 0) return removeCondition(conditions, type);
  const messages = errors.map(formatFieldError);
  const message = messages.length === 1 ? messages.join("") : `[${messages.join(", ")}]`;
  return setCondition(conditions, { type, status: "True", reason: "Violations", message }, now);
}

/** Definitions that were stored before their schemas were checked may still break the rules. */
function structuralErrors({ spec }: CustomResourceDefinition): readonly FieldError[] {
  return [
    ...(spec.preserveUnknownFields === true
      ? [invalid("spec.preserveUnknownFields", true, "must be false")]
      : []),
    ...spec.versions.flatMap(({ schema }, index) =>
      schema?.openAPIV3Schema === undefined
        ? []
        : validateStructural(
            schema.openAPIV3Schema,
            `${indexPath("spec.versions", index)}.schema.openAPIV3Schema`,
          ),
    ),
  ];
}
