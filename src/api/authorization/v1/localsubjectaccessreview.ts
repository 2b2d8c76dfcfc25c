import { invalid } from "#apimachinery/field-error.ts";
import type { LocalSubjectAccessReview } from "../../generated/authorization-v1.ts";
import { defineKind } from "../../kind.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";
import { hasOnlyMetadata, printedNonResource, validateSubjectAccess } from "./access-review.validation.ts";

/** Asks what somebody may do in one namespace; answered by the API server, never stored. */
export const localSubjectAccessReview = defineKind<LocalSubjectAccessReview>(
  { apiVersion: "authorization.k8s.io/v1", kind: "LocalSubjectAccessReview" },
  { validate: validateReview },
);

function validateReview({ metadata, spec }: LocalSubjectAccessReview): FieldErrors {
  const { resourceAttributes, nonResourceAttributes } = spec;
  const { namespace = "" } = resourceAttributes ?? {};
  return collectErrors(
    validateSubjectAccess(spec),
    !hasOnlyMetadata(metadata, "namespace") &&
      invalid("metadata", metadata, "must be empty except for namespace"),
    resourceAttributes !== undefined &&
      namespace !== (metadata.namespace ?? "") &&
      invalid("spec.resourceAttributes.namespace", namespace, "must match metadata.namespace"),
    nonResourceAttributes !== undefined &&
      invalid(
        "spec.nonResourceAttributes",
        printedNonResource(nonResourceAttributes),
        "disallowed on this kind of request",
      ),
  );
}
