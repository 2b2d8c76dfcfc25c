import { duplicate } from "#apimachinery/field-error.ts";
import { checkDNS1123Label } from "#apimachinery/formats.ts";
import { validateLabels } from "#apimachinery/selectors/label-validation.ts";
import { ageColumn, nameColumn, textColumn } from "../../columns.ts";
import { validateTolerations } from "../../core/v1/pod-spec/tolerations.ts";
import type { Toleration } from "../../generated/core-v1.ts";
import type { Overhead, RuntimeClass, Scheduling } from "../../generated/node-v1.ts";
import { defineKind } from "../../kind.ts";
import { requireFormat, validateEach, validateImmutable, validateOptional } from "../../validation/checks.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";
import { type InternalForm, internalForm } from "../../validation/internal-form.ts";
import { repetitions } from "../../validation/lists.ts";
import { nodeLabelDeprecation } from "../../validation/node-labels.ts";
import { validateRequirements } from "../../validation/resources.ts";

const TOLERATION: InternalForm = { Key: "", Operator: "", Value: "", Effect: "", TolerationSeconds: null };

export const runtimeClass = defineKind<RuntimeClass>(
  { apiVersion: "node.k8s.io/v1", kind: "RuntimeClass" },
  {
    columns: [nameColumn, textColumn("Handler", ({ handler }) => handler), ageColumn],
    validate: validateRuntimeClass,
    validateUpdate: (next, previous) =>
      collectErrors(validateRuntimeClass(next), validateImmutable(next.handler, previous.handler, "handler")),
    warnings: ({ scheduling }) =>
      Object.keys(scheduling?.nodeSelector ?? {}).flatMap((label) => {
        const deprecation = nodeLabelDeprecation(label);
        return deprecation === undefined ? [] : [`scheduling.nodeSelector: ${deprecation}`];
      }),
    hasGeneration: false,
    allowCreateOnUpdate: true,
    allowUnconditionalUpdate: false,
  },
);

function validateRuntimeClass({ handler, overhead, scheduling }: RuntimeClass): FieldErrors {
  return collectErrors(
    requireFormat(handler, "handler", checkDNS1123Label),
    validateOptional(overhead, "overhead", validateOverhead),
    validateOptional(scheduling, "scheduling", validateScheduling),
  );
}

/** Judged as the limits of a container, under whose name errors are reported. */
function validateOverhead({ podFixed }: Overhead, path: string): FieldErrors {
  return validateRequirements(podFixed && { limits: podFixed }, new Set(), path);
}

function validateScheduling({ nodeSelector, tolerations }: Scheduling, path: string): FieldErrors {
  const isRepeated = repetitions();
  return collectErrors(
    validateLabels(nodeSelector, `${path}.nodeSelector`),
    validateTolerations(tolerations, `${path}.tolerations`),
    validateEach(tolerations, `${path}.tolerations`, (toleration, tolerationPath) =>
      isRepeated(identityOf(toleration))
        ? [duplicate(tolerationPath, internalForm(toleration, TOLERATION))]
        : [],
    ),
  );
}

/** How long it is tolerated does not count. */
function identityOf({ key = "", operator, value = "", effect }: Toleration): string {
  return JSON.stringify([key, operator ?? "", value, effect ?? ""]);
}
