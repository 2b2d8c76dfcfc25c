import { omit } from "#base/omit.ts";
import { containerColumns, formatLabels, nameColumn, textColumn } from "../../columns.ts";
import { mapField } from "../../defaulting.ts";
import type { PodTemplate } from "../../generated/core-v1.ts";
import { type Column, defineKind, type WriteContext } from "../../kind.ts";
import { podTemplateWarnings } from "./pod-spec/warnings.ts";
import { dropDisabledTemplateFields, setPodTemplateDefaults, validatePodTemplate } from "./pod-template.ts";

/** A template has nothing more important to show than its containers. */
const containers = containerColumns<PodTemplate>(({ template }) => template?.spec?.containers).map(
  (column): Column<PodTemplate> => omit(column, "priority"),
);

export const podTemplate = defineKind<PodTemplate>(
  { apiVersion: "v1", kind: "PodTemplate" },
  {
    columns: [
      nameColumn,
      ...containers,
      textColumn("Pod Labels", ({ template }) => formatLabels(template?.metadata?.labels)),
    ],
    setDefaults: (object) => mapField(object, "template", setPodTemplateDefaults),
    prepareForCreate: (object, context) => dropDisabledFields(object, undefined, context),
    prepareForUpdate: dropDisabledFields,
    validate: ({ template }) => validatePodTemplate(template, "template"),
    warnings: (next, previous) =>
      next.template === undefined || next.metadata.generation === previous?.metadata.generation
        ? []
        : podTemplateWarnings(next.template, "template"),
  },
);

function dropDisabledFields(
  next: PodTemplate,
  previous: PodTemplate | undefined,
  context: WriteContext,
): PodTemplate {
  return mapField(next, "template", (template) =>
    dropDisabledTemplateFields(template, previous?.template, context),
  );
}
