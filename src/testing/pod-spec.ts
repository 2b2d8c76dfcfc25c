import { setPodSpecDefaults } from "#api/core/v1/pod-spec/defaults.ts";
import { validatePodSpec } from "#api/core/v1/pod-spec/validation.ts";
import type { Container, PodSpec } from "#api/generated/core-v1.ts";
import { formatFieldError } from "#apimachinery/field-error.ts";

/** What is wrong with the PodSpec of a template, after defaulting, as the API reports it. */
export function podSpecErrors(spec: PodSpec): readonly string[] {
  return validatePodSpec(setPodSpecDefaults(spec), "spec").map(formatFieldError);
}

/** The same of the containers of a template, which are called `c0`, `c1` and so on. */
export function containerErrors(
  containers: readonly Partial<Container>[],
  spec: Partial<PodSpec> = {},
): readonly string[] {
  return podSpecErrors({ containers: namedContainers(containers), ...spec });
}

export function namedContainers(containers: readonly Partial<Container>[]): readonly Container[] {
  return containers.map((container, index) => ({ name: `c${String(index)}`, image: "app:1", ...container }));
}
