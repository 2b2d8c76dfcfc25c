import { invalid } from "#apimachinery/field-error.ts";
import type { SubjectAccessReview } from "../../generated/authorization-v1.ts";
import { defineKind } from "../../kind.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";
import { hasOnlyMetadata, validateSubjectAccess } from "./access-review.validation.ts";

/** Asks what somebody may do; answered by the API server, never stored. */
export const subjectAccessReview = defineKind<SubjectAccessReview>(
  { apiVersion: "authorization.k8s.io/v1", kind: "SubjectAccessReview" },
  { validate: validateReview },
);

function validateReview({ metadata, spec }: SubjectAccessReview): FieldErrors {
  return collectErrors(
    validateSubjectAccess(spec),
    !hasOnlyMetadata(metadata) && invalid("metadata", metadata, "must be empty"),
  );
}
