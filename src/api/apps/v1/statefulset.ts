import { omit } from "#base/omit.ts";
import { ageColumn, containerColumns, nameColumn, textColumn } from "../../columns.ts";
import { setClaimSpecDefaults } from "../../core/v1/pod-spec/volume-defaults.ts";
import { dropDisabledTemplateFields, setPodTemplateDefaults } from "../../core/v1/pod-template.ts";
import { fillAbsent, fillZero, mapField, mapList } from "../../defaulting.ts";
import type { StatefulSet, StatefulSetSpec, StatefulSetUpdateStrategy } from "../../generated/apps-v1.ts";
import type { PersistentVolumeClaim } from "../../generated/core-v1.ts";
import { defineKind } from "../../kind.ts";
import { checkLabelName } from "../../validation/names.ts";
import { selectorText } from "./pod-selector.ts";
import {
  validateStatefulSet,
  validateStatefulSetStatusUpdate,
  validateStatefulSetUpdate,
} from "./statefulset.validation.ts";

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
    prepareForCreate: (object) => dropDisabledFields(object),
    prepareForUpdate: dropDisabledFields,
    validateName: checkLabelName,
    validate: validateStatefulSet,
    validateUpdate: validateStatefulSetUpdate,
    validateStatusUpdate: validateStatefulSetStatusUpdate,
    warnings: ({ spec }) => ((spec.revisionHistoryLimit ?? 0) < 0 ? [HISTORY_WARNING] : []),
    scale: {
      replicas: ({ spec }) => spec.replicas ?? 0,
      withReplicas: (object, replicas) => ({ ...object, spec: { ...object.spec, replicas } }),
      statusReplicas: ({ status }) => status?.replicas ?? 0,
      selector: ({ spec }) => selectorText(spec.selector),
    },
  },
);

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
function dropDisabledFields(next: StatefulSet, previous?: StatefulSet): StatefulSet {
  const isInUse = previous?.spec.updateStrategy?.rollingUpdate?.maxUnavailable !== undefined;
  return mapField(next, "spec", (spec) => {
    const kept = isInUse
      ? spec
      : mapField(spec, "updateStrategy", (strategy) =>
          mapField(strategy, "rollingUpdate", (update) => omit(update, "maxUnavailable")),
        );
    return mapField(kept, "template", (template) =>
      dropDisabledTemplateFields(template, previous?.spec.template),
    );
  });
}
