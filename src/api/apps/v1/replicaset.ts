import { describeLabelSelector } from "#apimachinery/selectors/label-selector.ts";
import { ageColumn, containerColumns, nameColumn, wideColumn } from "../../columns.ts";
import { dropDisabledTemplateFields, setPodTemplateDefaults } from "../../core/v1/pod-template.ts";
import { fillAbsent, mapField } from "../../defaulting.ts";
import type { ReplicaSet } from "../../generated/apps-v1.ts";
import { defineKind, type WriteContext } from "../../kind.ts";
import { selectorText } from "./pod-selector.ts";
import {
  validateReplicaSet,
  validateReplicaSetStatus,
  validateReplicaSetUpdate,
} from "./replicaset.validation.ts";
import { workloadWarnings } from "./workload-warnings.ts";

export const replicaSet = defineKind<ReplicaSet>(
  { apiVersion: "apps/v1", kind: "ReplicaSet" },
  {
    columns: [
      nameColumn,
      { name: "Desired", type: "integer", value: ({ spec }) => spec.replicas ?? 0 },
      { name: "Current", type: "integer", value: ({ status }) => status?.replicas ?? 0 },
      { name: "Ready", type: "integer", value: ({ status }) => status?.readyReplicas ?? 0 },
      ageColumn,
      ...containerColumns<ReplicaSet>(({ spec }) => spec.template?.spec?.containers),
      wideColumn("Selector", ({ spec }) => describeLabelSelector(spec.selector)),
    ],
    setDefaults,
    prepareForCreate: (object, context) => dropDisabledFields(object, undefined, context),
    prepareForUpdate: dropDisabledFields,
    validate: validateReplicaSet,
    validateUpdate: validateReplicaSetUpdate,
    validateStatusUpdate: validateReplicaSetStatus,
    warnings: workloadWarnings,
    selectableFields: { "status.replicas": ({ status }) => String(status?.replicas ?? 0) },
    scale: {
      replicas: ({ spec }) => spec.replicas ?? 0,
      withReplicas: (object, replicas) => ({ ...object, spec: { ...object.spec, replicas } }),
      statusReplicas: ({ status }) => status?.replicas ?? 0,
      selector: ({ spec }) => selectorText(spec.selector),
    },
  },
);

function setDefaults(object: ReplicaSet): ReplicaSet {
  return mapField(object, "spec", (spec) =>
    mapField(fillAbsent(spec, { replicas: 1, template: {} }), "template", setPodTemplateDefaults),
  );
}

function dropDisabledFields(
  next: ReplicaSet,
  previous: ReplicaSet | undefined,
  context: WriteContext,
): ReplicaSet {
  return mapField(next, "spec", (spec) =>
    mapField(spec, "template", (template) =>
      dropDisabledTemplateFields(template, previous?.spec.template, context),
    ),
  );
}
