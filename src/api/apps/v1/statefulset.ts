import { indexPath } from "#apimachinery/field-error.ts";
import { omit } from "#base/omit.ts";
import { ageColumn, containerColumns, nameColumn, textColumn } from "../../columns.ts";
import { claimSpecWarnings } from "../../core/v1/persistentvolumeclaim.warnings.ts";
import { setClaimSpecDefaults } from "../../core/v1/pod-spec/volume-defaults.ts";
import { dropDisabledTemplateFields, setPodTemplateDefaults } from "../../core/v1/pod-template.ts";
import { fillAbsent, fillZero, mapField, mapList } from "../../defaulting.ts";
import type { StatefulSet, StatefulSetSpec, StatefulSetUpdateStrategy } from "../../generated/apps-v1.ts";
import type { PersistentVolumeClaim } from "../../generated/core-v1.ts";
import { defineKind, type WriteContext } from "../../kind.ts";
import { checkLabelName } from "../../validation/names.ts";
import { selectorText } from "./pod-selector.ts";
import {
  validateStatefulSet,
  validateStatefulSetStatusUpdate,
  validateStatefulSetUpdate,
} from "./statefulset.validation.ts";
import { templateWarnings } from "./workload-warnings.ts";

const HISTORY_WARNING =
  "spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended";

export const statefulSet = defineKind<StatefulSet>(
  { apiVersion: "apps/v1", kind: "StatefulSet" },
  {
    columns: [
      nameColumn,
      textColumn(
        "Ready",
        ({ spec, status }) => `${String(status?.readyReplicas ?? 0)}/${String(spec.replicas ?? 0)}`,
      ),
      ageColumn,
      ...containerColumns<StatefulSet>(({ spec }) => spec.template.spec?.containers),
    ],
    setDefaults: (object) => mapField(object, "spec", setSpecDefaults),
    prepareForCreate: (object, context) => dropDisabledFields(object, undefined, context),
    prepareForUpdate: dropDisabledFields,
    validateName: checkLabelName,
    validate: validateStatefulSet,
    validateUpdate: validateStatefulSetUpdate,
    validateStatusUpdate: validateStatefulSetStatusUpdate,
    warnings,
    scale: {
      replicas: ({ spec }) => spec.replicas ?? 0,
      withReplicas: (object, replicas) => ({ ...object, spec: { ...object.spec, replicas } }),
      statusReplicas: ({ status }) => status?.replicas ?? 0,
      selector: ({ spec }) => selectorText(spec.selector),
    },
  },
);

function warnings(next: StatefulSet, previous: StatefulSet | undefined): readonly string[] {
  const { volumeClaimTemplates = [], revisionHistoryLimit = 0 } = next.spec;
  // Upstream spells the path differently on updates.
  const suffix = previous === undefined ? "" : ".Spec";
  return [
    ...templateWarnings(next, previous),
    ...volumeClaimTemplates.flatMap(({ spec }, index) =>
      spec === undefined
        ? []
        : claimSpecWarnings(spec, indexPath("spec.volumeClaimTemplates", index) + suffix),
    ),
    ...(revisionHistoryLimit < 0 ? [HISTORY_WARNING] : []),
  ];
}

function setSpecDefaults(spec: StatefulSetSpec): StatefulSetSpec {
  const filled = fillAbsent(fillZero(spec, { podManagementPolicy: "OrderedReady" }), {
    updateStrategy: {},
    persistentVolumeClaimRetentionPolicy: {},
    replicas: 1,
    revisionHistoryLimit: 10,
    template: {},
  });
  const strategic = mapField(filled, "updateStrategy", setStrategyDefaults);
  const retaining = mapField(strategic, "persistentVolumeClaimRetentionPolicy", (policy) =>
    fillZero(policy, { whenDeleted: "Retain", whenScaled: "Retain" }),
  );
  const claiming = mapField(retaining, "volumeClaimTemplates", (claims) => mapList(claims, setClaimDefaults));
  return mapField(claiming, "template", setPodTemplateDefaults);
}

/** A strategy that was chosen by its name gets no parameters that were not written. */
function setStrategyDefaults(strategy: StatefulSetUpdateStrategy): StatefulSetUpdateStrategy {
  const typed = fillZero(strategy, { type: "RollingUpdate" });
  const chosen = typed === strategy ? typed : fillAbsent(typed, { rollingUpdate: {} });
  if (chosen.type !== "RollingUpdate") return chosen;
  return mapField(chosen, "rollingUpdate", (rollingUpdate) => fillAbsent(rollingUpdate, { partition: 0 }));
}

/** Claims inside a StatefulSet are written as whole objects, with kind and phase. */
function setClaimDefaults(claim: PersistentVolumeClaim): PersistentVolumeClaim {
  const typed = fillAbsent(claim, { apiVersion: "v1", kind: "PersistentVolumeClaim", spec: {}, status: {} });
  const phased = mapField(typed, "status", (status) => fillZero(status, { phase: "Pending" }));
  return mapField(phased, "spec", setClaimSpecDefaults);
}

/** The feature gate MaxUnavailableStatefulSet is off by default. */
function dropDisabledFields(
  next: StatefulSet,
  previous: StatefulSet | undefined,
  context: WriteContext,
): StatefulSet {
  const isInUse = previous?.spec.updateStrategy?.rollingUpdate?.maxUnavailable !== undefined;
  return mapField(next, "spec", (spec) => {
    const kept = isInUse
      ? spec
      : mapField(spec, "updateStrategy", (strategy) =>
          mapField(strategy, "rollingUpdate", (update) => omit(update, "maxUnavailable")),
        );
    return mapField(kept, "template", (template) =>
      dropDisabledTemplateFields(template, previous?.spec.template, context),
    );
  });
}
