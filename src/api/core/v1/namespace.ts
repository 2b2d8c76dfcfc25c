import { type FieldError, indexPath, invalid } from "#apimachinery/field-error.ts";
import { checkQualifiedName } from "#apimachinery/formats.ts";
import { ageColumn, nameColumn, textColumn } from "../../columns.ts";
import { fillField } from "../../defaulting.ts";
import type { Namespace } from "../../generated/core-v1.ts";
import { defineKind } from "../../kind.ts";
import { checkFormat } from "../../validation/checks.ts";
import { checkLabelName } from "../../validation/names.ts";
import { validateStandardFinalizer } from "../../validation/object-meta.ts";

/** Lets selectors find a namespace by its name. */
const NAME_LABEL = "kubernetes.io/metadata.name";

/** Keeps a namespace until everything in it is gone. */
const FINALIZER = "kubernetes";

export const namespace = defineKind<Namespace>(
  { apiVersion: "v1", kind: "Namespace" },
  {
    columns: [nameColumn, textColumn("Status", phaseOf), ageColumn],
    setDefaults: (object) => fillField(withNameLabel(object), "status", { phase: "Active" }),
    prepareForCreate: (object) => ({
      ...withNameLabel(object),
      spec: { ...object.spec, finalizers: withFinalizer(object.spec.finalizers ?? []) },
      status: { phase: "Active" },
    }),
    prepareForUpdate: (next, previous) => ({ ...next, spec: previous.spec }),
    validate: validateFinalizers,
    validateUpdate: validateFinalizers,
    validateStatusUpdate: validatePhase,
    updateSubresources: {
      finalize: {
        prepareForUpdate: (next, { status }) => (status === undefined ? next : { ...next, status }),
        validateUpdate: ({ spec }) =>
          (spec.finalizers ?? []).flatMap((finalizer, index) =>
            validateFinalizer(finalizer, indexPath("spec.finalizers", index)),
          ),
      },
    },
    validateName: checkLabelName,
    selectableFields: { "status.phase": phaseOf },
    hasGeneration: false,
  },
);

function phaseOf({ status }: Namespace): string {
  return status?.phase ?? "";
}

/** A namespace whose name is yet to be generated gets its label when it has one. */
function withNameLabel(object: Namespace): Namespace {
  const { name, labels } = object.metadata;
  if ((name ?? "") === "" || labels?.[NAME_LABEL] === name) return object;
  return { ...object, metadata: { ...object.metadata, labels: { ...labels, [NAME_LABEL]: name } } };
}

function withFinalizer(finalizers: readonly string[]): readonly string[] {
  return finalizers.includes(FINALIZER) ? finalizers : [...finalizers, FINALIZER];
}

function validateFinalizers({ spec }: Namespace): readonly FieldError[] {
  return (spec.finalizers ?? []).flatMap((finalizer) => validateFinalizer(finalizer, "spec.finalizers"));
}

function validateFinalizer(finalizer: string, path: string): readonly FieldError[] {
  return [...checkFormat(finalizer, path, checkQualifiedName), ...validateStandardFinalizer(finalizer, path)];
}

function validatePhase(object: Namespace): readonly FieldError[] {
  const phase = phaseOf(object);
  const isDeleted = (object.metadata.deletionTimestamp ?? null) !== null;
  const expected = isDeleted ? "Terminating" : "Active";
  if (phase === expected) return [];
  const condition = isDeleted ? "is not empty" : "is empty";
  return [invalid("status.Phase", phase, `may only be '${expected}' if \`deletionTimestamp\` ${condition}`)];
}
