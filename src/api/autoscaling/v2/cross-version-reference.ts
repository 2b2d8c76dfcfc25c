import { invalid } from "#apimachinery/field-error.ts";
import { checkPathSegmentName } from "#apimachinery/formats.ts";
import type { CrossVersionObjectReference } from "../../generated/autoscaling-v2.ts";
import { requireFormat } from "../../validation/checks.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";

export interface ReferenceOptions {
  readonly allowEmptyGroup?: boolean;
  readonly allowInvalidVersion?: boolean;
}

export function validateReference(
  reference: CrossVersionObjectReference,
  path: string,
  options: ReferenceOptions,
): FieldErrors {
  const problem = versionProblem(reference, options);
  return collectErrors(
    requireFormat(reference.kind, `${path}.kind`, checkPathSegmentName),
    requireFormat(reference.name, `${path}.name`, checkPathSegmentName),
    problem !== undefined && invalid(`${path}.apiVersion`, reference.apiVersion ?? "", problem),
  );
}

/** What is wrong with the apiVersion of a reference. */
export function versionProblem(
  { apiVersion = "" }: CrossVersionObjectReference,
  { allowEmptyGroup, allowInvalidVersion }: ReferenceOptions,
): string | undefined {
  if (allowInvalidVersion === true) return undefined;
  const parts = apiVersion.split("/");
  if (parts.length > 2) return `unexpected GroupVersion string: ${apiVersion}`;
  const hasGroup = parts.length === 2 && parts[0] !== "";
  return hasGroup || allowEmptyGroup === true ? undefined : "apiVersion must specify API group";
}
