import {
  compileLabelSet,
  describeLabelSelector,
  formatLabelMatcher,
} from "#apimachinery/selectors/label-selector.ts";
import { ageColumn, containerColumns, nameColumn, textColumn, wideColumn } from "../../columns.ts";
import { podTemplateWarnings } from "../../core/v1/pod-spec/warnings.ts";
import { dropDisabledTemplateFields, setPodTemplateDefaults } from "../../core/v1/pod-template.ts";
import { fillAbsent, fillZero, mapField } from "../../defaulting.ts";
import type { DaemonSet, DaemonSetSpec, DaemonSetUpdateStrategy } from "../../generated/apps-v1.ts";
import { type Column, defineKind, type WriteContext } from "../../kind.ts";
import { semanticallyEqual } from "../../validation/equality.ts";
import {
  validateDaemonSet,
  validateDaemonSetStatusUpdate,
  validateDaemonSetUpdate,
} from "./daemonset.validation.ts";

/** Carries what was `spec.templateGeneration` before apps/v1; clients of then still look at it. */
const TEMPLATE_GENERATION_ANNOTATION = "deprecated.daemonset.template.generation";

const NO_LABELS = "<none>";

type CountField =
  | "currentNumberScheduled"
  | "desiredNumberScheduled"
  | "numberAvailable"
  | "numberReady"
  | "updatedNumberScheduled";

export const daemonSet = defineKind<DaemonSet>(
  { apiVersion: "apps/v1", kind: "DaemonSet" },
  {
    columns: [
      nameColumn,
      countColumn("Desired", "desiredNumberScheduled"),
      countColumn("Current", "currentNumberScheduled"),
      countColumn("Ready", "numberReady"),
      countColumn("Up-to-date", "updatedNumberScheduled"),
      countColumn("Available", "numberAvailable"),
      textColumn(
        "Node Selector",
        ({ spec }) => formatLabelMatcher(compileLabelSet(spec.template.spec?.nodeSelector)) || NO_LABELS,
      ),
      ageColumn,
      ...containerColumns<DaemonSet>(({ spec }) => spec.template.spec?.containers),
      wideColumn("Selector", ({ spec }) => describeLabelSelector(spec.selector)),
    ],
    setDefaults: (object) => mapField(object, "spec", setSpecDefaults),
    prepareForCreate: (object, context) =>
      withTemplateGeneration(
        dropDisabledFields(object, undefined, context),
        Math.max(templateGenerationOf(object), 1),
      ),
    prepareForUpdate,
    validate: validateDaemonSet,
    validateUpdate: validateDaemonSetUpdate,
    validateStatusUpdate: validateDaemonSetStatusUpdate,
    warnings: (next, previous) =>
      previous === undefined || templateGenerationOf(next) !== templateGenerationOf(previous)
        ? podTemplateWarnings(next.spec.template, "spec.template")
        : [],
  },
);

function countColumn(name: string, field: CountField): Column<DaemonSet> {
  return { name, type: "integer", value: ({ status }) => status?.[field] ?? 0 };
}

function setSpecDefaults(spec: DaemonSetSpec): DaemonSetSpec {
  const filled = fillAbsent(spec, { updateStrategy: {}, revisionHistoryLimit: 10, template: {} });
  return mapField(
    mapField(filled, "updateStrategy", setStrategyDefaults),
    "template",
    setPodTemplateDefaults,
  );
}

function setStrategyDefaults(strategy: DaemonSetUpdateStrategy): DaemonSetUpdateStrategy {
  const filled = fillZero(strategy, { type: "RollingUpdate" });
  if (filled.type !== "RollingUpdate") return filled;
  return mapField(fillAbsent(filled, { rollingUpdate: {} }), "rollingUpdate", (rollingUpdate) =>
    fillAbsent(rollingUpdate, { maxUnavailable: 1, maxSurge: 0 }),
  );
}

function dropDisabledFields(
  next: DaemonSet,
  previous: DaemonSet | undefined,
  context: WriteContext,
): DaemonSet {
  return mapField(next, "spec", (spec) =>
    mapField(spec, "template", (template) =>
      dropDisabledTemplateFields(template, previous?.spec.template, context),
    ),
  );
}

function prepareForUpdate(next: DaemonSet, previous: DaemonSet, context: WriteContext): DaemonSet {
  const kept = dropDisabledFields(next, previous, context);
  const isSameTemplate = semanticallyEqual(kept.spec.template, previous.spec.template);
  return withTemplateGeneration(kept, templateGenerationOf(previous) + (isSameTemplate ? 0 : 1));
}

function templateGenerationOf({ metadata }: DaemonSet): number {
  const text = metadata.annotations?.[TEMPLATE_GENERATION_ANNOTATION] ?? "";
  return /^[0-9]+$/.test(text) ? Number(text) : 0;
}

function withTemplateGeneration(object: DaemonSet, generation: number): DaemonSet {
  const annotations = {
    ...object.metadata.annotations,
    [TEMPLATE_GENERATION_ANNOTATION]: String(generation),
  };
  return { ...object, metadata: { ...object.metadata, annotations } };
}
