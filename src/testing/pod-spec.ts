import { setPodSpecDefaults } from "#api/core/v1/pod-spec/defaults.ts";
import { validatePodSpec } from "#api/core/v1/pod-spec/validation.ts";
import type { PodSpec } from "#api/generated/core-v1.ts";
import { formatFieldError } from "#apimachinery/field-error.ts";

/** What is wrong with the PodSpec of a template, after defaulting, as the API reports it. */
export function podSpecErrors(spec: PodSpec): readonly string[] {
  return validatePodSpec(setPodSpecDefaults(spec), "spec").map(formatFieldError);
}
