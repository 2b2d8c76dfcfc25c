import { checkDNS1123Label } from "#apimachinery/formats.ts";
import type { Pod } from "../../generated/core-v1.ts";
import { defineKind } from "../../kind.ts";
import { semanticallyEqual } from "../../validation/equality.ts";
import { completionOf, podColumns } from "./pod/columns.ts";
import { preparePodForCreate } from "./pod/create.ts";
import { ephemeralContainers } from "./pod/ephemeral-containers.ts";
import { resize } from "./pod/resize.ts";
import { validatePodStatus } from "./pod/status.validation.ts";
import { preparePodStatus } from "./pod/status-update.ts";
import { validatePodUpdate } from "./pod/update.validation.ts";
import { validatePod } from "./pod/validation.ts";
import { setPodDefaults } from "./pod.defaults.ts";
import { dropDisabledPodFields } from "./pod-spec/disabled-fields.ts";
import { appArmorWarnings } from "./pod-spec/profile-warnings.ts";
import { podStatusWarnings, podWarnings } from "./pod-spec/warnings.ts";

export const pod = defineKind<Pod>(
  { apiVersion: "v1", kind: "Pod" },
  {
    columns: podColumns,
    rowConditions: completionOf,
    setDefaults: setPodDefaults,
    prepareForCreate: preparePodForCreate,
    prepareForUpdate: (next, previous, context) => ({
      ...next,
      spec: dropDisabledPodFields(next.spec, previous.spec, context),
    }),
    prepareForStatusUpdate: preparePodStatus,
    validate: validatePod,
    validateUpdate: validatePodUpdate,
    validateStatusUpdate: validatePodStatus,
    updateSubresources: { ephemeralcontainers: ephemeralContainers, resize },
    warnings: (next, previous) =>
      previous === undefined ? [...nameWarnings(next), ...podWarnings(next)] : [],
    creationWarnings: appArmorWarnings,
    statusWarnings: podStatusWarnings,
    selectableFields: {
      "spec.nodeName": ({ spec }) => spec.nodeName ?? "",
      "spec.host": ({ spec }) => spec.nodeName ?? "",
      "spec.restartPolicy": ({ spec }) => spec.restartPolicy ?? "",
      "spec.schedulerName": ({ spec }) => spec.schedulerName ?? "",
      "spec.serviceAccountName": ({ spec }) => spec.serviceAccountName ?? "",
      "spec.hostNetwork": ({ spec }) => String(spec.hostNetwork ?? false),
      "status.phase": ({ status }) => status?.phase ?? "",
      "status.podIP": ({ status }) => status?.podIPs?.[0]?.ip ?? "",
      // It can be named, but no pod has it.
      "status.podIPs": () => "",
      "status.nominatedNodeName": ({ status }) => status?.nominatedNodeName ?? "",
    },
    isNewGeneration: (next, previous) => !semanticallyEqual(next.spec, previous.spec),
    gracePeriodSeconds,
  },
);

/** Zero lets nobody wait for containers that never ran or have ended; less than zero means one second. */
function gracePeriodSeconds({ spec, status }: Pod, requested: number | undefined): number {
  const isScheduled = (spec.nodeName ?? "") !== "";
  const isTerminal = status?.phase === "Succeeded" || status?.phase === "Failed";
  if (!isScheduled || isTerminal) return 0;
  const period = requested ?? spec.terminationGracePeriodSeconds ?? 0;
  return period < 0 ? 1 : period;
}

function nameWarnings({ metadata }: Pod): readonly string[] {
  const messages = checkDNS1123Label(metadata.name);
  return messages.length === 0
    ? []
    : [
        `metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended: [${messages.join(" ")}]`,
      ];
}
