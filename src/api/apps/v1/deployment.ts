import { formatLabelMatcher } from "#apimachinery/selectors/label-selector.ts";
import { ageColumn, containerColumns, nameColumn, textColumn, wideColumn } from "../../columns.ts";
import { dropDisabledTemplateFields, setPodTemplateDefaults } from "../../core/v1/pod-template.ts";
import { fillAbsent, fillZero, mapField } from "../../defaulting.ts";
import type { Deployment, DeploymentSpec, DeploymentStrategy } from "../../generated/apps-v1.ts";
import { defineKind, type WriteContext } from "../../kind.ts";
import { semanticallyEqual } from "../../validation/equality.ts";
import {
  validateDeployment,
  validateDeploymentStatusUpdate,
  validateDeploymentUpdate,
} from "./deployment.validation.ts";
import { matcherOf, selectorText } from "./pod-selector.ts";
import { workloadWarnings } from "./workload-warnings.ts";

export const deployment = defineKind<Deployment>(
  { apiVersion: "apps/v1", kind: "Deployment" },
  {
    columns: [
      nameColumn,
      textColumn(
        "Ready",
        ({ spec, status }) => `${String(status?.readyReplicas ?? 0)}/${String(spec.replicas ?? 0)}`,
      ),
      { name: "Up-to-date", type: "string", value: ({ status }) => status?.updatedReplicas ?? 0 },
      { name: "Available", type: "string", value: ({ status }) => status?.availableReplicas ?? 0 },
      ageColumn,
      ...containerColumns<Deployment>(({ spec }) => spec.template.spec?.containers),
      wideColumn("Selector", ({ spec }) => {
        const matcher = matcherOf(spec.selector);
        return matcher === undefined ? "<invalid>" : formatLabelMatcher(matcher);
      }),
    ],
    setDefaults: (object) => mapField(object, "spec", setSpecDefaults),
    prepareForCreate: (object, context) => dropDisabledFields(object, undefined, context),
    prepareForUpdate: dropDisabledFields,
    validate: validateDeployment,
    validateUpdate: validateDeploymentUpdate,
    validateStatusUpdate: validateDeploymentStatusUpdate,
    warnings: workloadWarnings,
    scale: {
      replicas: ({ spec }) => spec.replicas ?? 0,
      withReplicas: (object, replicas) => ({ ...object, spec: { ...object.spec, replicas } }),
      statusReplicas: ({ status }) => status?.replicas ?? 0,
      selector: ({ spec }) => selectorText(spec.selector),
    },
    // Annotations are copied to the replica sets, so they count as part of what is wanted.
    isNewGeneration: (next, previous) =>
      !semanticallyEqual(next.spec, previous.spec) ||
      !semanticallyEqual(next.metadata.annotations, previous.metadata.annotations),
  },
);

function setSpecDefaults(spec: DeploymentSpec): DeploymentSpec {
  const filled = fillAbsent(spec, {
    replicas: 1,
    strategy: {},
    revisionHistoryLimit: 10,
    progressDeadlineSeconds: 600,
    template: {},
  });
  return mapField(mapField(filled, "strategy", setStrategyDefaults), "template", setPodTemplateDefaults);
}

function setStrategyDefaults(strategy: DeploymentStrategy): DeploymentStrategy {
  const filled = fillZero(strategy, { type: "RollingUpdate" });
  if (filled.type !== "RollingUpdate") return filled;
  return mapField(fillAbsent(filled, { rollingUpdate: {} }), "rollingUpdate", (rollingUpdate) =>
    fillAbsent(rollingUpdate, { maxUnavailable: "25%", maxSurge: "25%" }),
  );
}

function dropDisabledFields(
  next: Deployment,
  previous: Deployment | undefined,
  context: WriteContext,
): Deployment {
  return mapField(next, "spec", (spec) =>
    mapField(spec, "template", (template) =>
      dropDisabledTemplateFields(template, previous?.spec.template, context),
    ),
  );
}
