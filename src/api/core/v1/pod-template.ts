/** The template that workloads make their pods from, and the PodSpec inside it. */

import { type FieldError, forbidden } from "#apimachinery/field-error.ts";
import { validateLabels } from "#apimachinery/selectors/label-validation.ts";
import { mapField } from "../../defaulting.ts";
import type { PodSpec, PodTemplateSpec } from "../../generated/core-v1.ts";
import type { WriteContext } from "../../kind.ts";
import { validateAnnotations } from "../../validation/object-meta.ts";
import { KnownTemplates } from "./known-templates.ts";
import {
  dropInitContainerAnnotations,
  validatePodAnnotations,
  validateProfilesAgree,
} from "./pod-spec/annotations.ts";
import { setPodSpecDefaults } from "./pod-spec/defaults.ts";
import { dropDisabledPodFields } from "./pod-spec/disabled-fields.ts";
import { validatePodSpec } from "./pod-spec/validation.ts";

type TemplateMeta = NonNullable<PodTemplateSpec["metadata"]>;

const EMPTY_SPEC: PodSpec = { containers: [] };

/** Fills unset fields of a template; one without a spec gets one, which validation then refuses. */
export function setPodTemplateDefaults(template: PodTemplateSpec): PodTemplateSpec {
  const complete = template.spec === undefined ? { ...template, spec: EMPTY_SPEC } : template;
  const next = mapField(complete, "metadata", dropOldAnnotations);
  return mapField(next, "spec", setPodSpecDefaults);
}

function dropOldAnnotations(metadata: TemplateMeta): TemplateMeta {
  return mapField(metadata, "annotations", dropInitContainerAnnotations);
}

/** Removes fields of features that are switched off, except those that the old template has in use. */
export function dropDisabledTemplateFields(
  template: PodTemplateSpec,
  previous: PodTemplateSpec | undefined,
  context: Pick<WriteContext, "features">,
): PodTemplateSpec {
  return mapField(template, "spec", (spec) => dropDisabledPodFields(spec, previous?.spec, context));
}

/** Those in which nothing wrong has been found. */
export const validTemplates = new KnownTemplates();

/**
 * Problems of a template, `path` being that of the template itself: `spec.template`. Updates pass the template that was
 * there, of which most of them change little.
 */
export function validatePodTemplate(
  template: PodTemplateSpec | undefined,
  path: string,
  previous?: PodTemplateSpec,
): readonly FieldError[] {
  const errors = validTemplates.has(template, previous) ? NO_ERRORS : templateErrors(template, path);
  if (template !== undefined && errors.length === 0) validTemplates.note(template);
  return errors;
}

const NO_ERRORS: readonly FieldError[] = [];

function templateErrors(template: PodTemplateSpec | undefined, path: string): readonly FieldError[] {
  const { metadata = {}, spec = EMPTY_SPEC } = template ?? {};
  const hasEphemeral = (spec.ephemeralContainers ?? []).length > 0;
  return [
    ...validateLabels(metadata.labels, `${path}.labels`),
    ...validateAnnotations(metadata.annotations, `${path}.annotations`),
    ...validatePodAnnotations(metadata.annotations, spec, `${path}.annotations`),
    ...validatePodSpec(spec, `${path}.spec`),
    ...validateProfilesAgree(metadata.annotations, spec, `${path}.spec`),
    ...(hasEphemeral
      ? [forbidden(`${path}.spec.ephemeralContainers`, "ephemeral containers not allowed in pod template")]
      : []),
  ];
}
