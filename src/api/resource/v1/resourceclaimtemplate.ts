import { ageColumn, nameColumn } from "../../columns.ts";
import { mapField } from "../../defaulting.ts";
import type { ResourceClaimTemplate, ResourceClaimTemplateSpec } from "../../generated/resource-v1.ts";
import { defineKind } from "../../kind.ts";
import { validateImmutable } from "../../validation/checks.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";
import { validateTemplateObjectMeta } from "../../validation/object-meta.ts";
import { setClaimSpecDefaults, validateClaimSpec } from "./claim-spec.ts";
import { printedClaimSpec } from "./internal-forms.ts";

export const resourceClaimTemplate = defineKind<ResourceClaimTemplate>(
  { apiVersion: "resource.k8s.io/v1", kind: "ResourceClaimTemplate" },
  {
    columns: [nameColumn, ageColumn],
    setDefaults: (template) =>
      mapField(template, "spec", (spec) => mapField(spec, "spec", setClaimSpecDefaults)),
    validate,
    validateUpdate: (next, previous) =>
      validateImmutable(next.spec, previous.spec, "spec", printedTemplateSpec),
    hasGeneration: false,
  },
);

function validate({ spec }: ResourceClaimTemplate): FieldErrors {
  return collectErrors(
    validateTemplateObjectMeta(spec.metadata, "spec.metadata"),
    validateClaimSpec(spec.spec, "spec.spec"),
  );
}

/** The metadata is embedded in Go, so that its fields stand beside the spec. */
function printedTemplateSpec({ metadata, spec }: ResourceClaimTemplateSpec): unknown {
  return { ...metadata, Spec: printedClaimSpec(spec) };
}
