import { invalid } from "#apimachinery/field-error.ts";
import type { SelfSubjectAccessReview } from "../../generated/authorization-v1.ts";
import { defineKind } from "../../kind.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";
import { hasOnlyMetadata, validateSelfAccess } from "./access-review.validation.ts";

/** Asks what the client may do; answered by the API server, never stored. */
export const selfSubjectAccessReview = defineKind<SelfSubjectAccessReview>(
  { apiVersion: "authorization.k8s.io/v1", kind: "SelfSubjectAccessReview" },
  { validate: validateReview },
);

function validateReview({ metadata, spec }: SelfSubjectAccessReview): FieldErrors {
  return collectErrors(
    validateSelfAccess(spec),
    !hasOnlyMetadata(metadata) && invalid("metadata", metadata, "must be empty"),
  );
}
