import { compileLabelSet, formatLabelMatcher } from "#apimachinery/selectors/label-selector.ts";
import { podNameWarnings } from "../../apps/v1/workload-warnings.ts";
import { ageColumn, containerColumns, formatLabels, nameColumn, wideColumn } from "../../columns.ts";
import { fillAbsent, mapField } from "../../defaulting.ts";
import type { ReplicationController } from "../../generated/core-v1.ts";
import { defineKind, type WriteContext } from "../../kind.ts";
import { isEmptyMap } from "../../validation/lists.ts";
import { podTemplateWarnings } from "./pod-spec/warnings.ts";
import { dropDisabledTemplateFields, setPodTemplateDefaults } from "./pod-template.ts";
import {
  validateReplicationController,
  validateReplicationControllerStatus,
  validateReplicationControllerUpdate,
} from "./replicationcontroller.validation.ts";

export const replicationController = defineKind<ReplicationController>(
  { apiVersion: "v1", kind: "ReplicationController" },
  {
    columns: [
      nameColumn,
      { name: "Desired", type: "integer", value: ({ spec }) => spec.replicas ?? 0 },
      { name: "Current", type: "integer", value: ({ status }) => status?.replicas ?? 0 },
      { name: "Ready", type: "integer", value: ({ status }) => status?.readyReplicas ?? 0 },
      ageColumn,
      ...containerColumns<ReplicationController>(({ spec }) => spec.template?.spec?.containers),
      wideColumn("Selector", ({ spec }) => formatLabels(spec.selector)),
    ],
    setDefaults,
    prepareForCreate: (object, context) => dropDisabledFields(object, undefined, context),
    prepareForUpdate: dropDisabledFields,
    validate: validateReplicationController,
    validateUpdate: validateReplicationControllerUpdate,
    validateStatusUpdate: validateReplicationControllerStatus,
    warnings,
    selectableFields: { "status.replicas": ({ status }) => String(status?.replicas ?? 0) },
    scale: {
      replicas: ({ spec }) => spec.replicas ?? 0,
      withReplicas: (object, replicas) => ({ ...object, spec: { ...object.spec, replicas } }),
      statusReplicas: ({ status }) => status?.replicas ?? 0,
      selector: ({ spec }) => formatLabelMatcher(compileLabelSet(spec.selector)),
    },
    defaultPropagation: "Orphan",
  },
);

/** Without a selector and labels of its own, it has those of its pods. */
function setDefaults(object: ReplicationController): ReplicationController {
  const labels = object.spec.template?.metadata?.labels;
  const labelled =
    labels !== undefined && isEmptyMap(object.metadata.labels)
      ? { ...object, metadata: { ...object.metadata, labels } }
      : object;
  return mapField(labelled, "spec", (spec) => {
    const filled = fillAbsent(spec, { replicas: 1 });
    const selecting =
      labels !== undefined && isEmptyMap(filled.selector) ? { ...filled, selector: labels } : filled;
    return mapField(selecting, "template", setPodTemplateDefaults);
  });
}

function dropDisabledFields(
  next: ReplicationController,
  previous: ReplicationController | undefined,
  context: WriteContext,
): ReplicationController {
  return mapField(next, "spec", (spec) =>
    mapField(spec, "template", (template) =>
      dropDisabledTemplateFields(template, previous?.spec.template, context),
    ),
  );
}

function warnings(
  { metadata, spec }: ReplicationController,
  previous: ReplicationController | undefined,
): readonly string[] {
  const isUnchanged = metadata.generation === previous?.metadata.generation;
  return [
    ...(previous === undefined ? podNameWarnings(metadata.name) : []),
    ...(spec.template === undefined || isUnchanged
      ? []
      : podTemplateWarnings(spec.template, "spec.template")),
  ];
}
