import { required } from "#apimachinery/field-error.ts";
import { parseApiVersion } from "#apimachinery/meta.ts";
import { controllerOf } from "#apimachinery/owners.ts";
import { ageColumn, nameColumn, textColumn } from "../../columns.ts";
import type { ControllerRevision } from "../../generated/apps-v1.ts";
import { defineKind } from "../../kind.ts";
import { validateImmutable, validateNonNegative } from "../../validation/checks.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";

export const controllerRevision = defineKind<ControllerRevision>(
  { apiVersion: "apps/v1", kind: "ControllerRevision" },
  {
    columns: [
      nameColumn,
      textColumn("Controller", describeController),
      { name: "Revision", type: "string", value: ({ revision }) => revision },
      ageColumn,
    ],
    validate: ({ revision, data }) =>
      collectErrors(validateNonNegative(revision, "revision"), validateData(data, "data")),
    validateUpdate: (next, previous) =>
      collectErrors(
        validateNonNegative(next.revision, "revision"),
        validateImmutable(next.data, previous.data, "data"),
      ),
    hasGeneration: false,
  },
);

function describeController(object: ControllerRevision): string {
  const owner = controllerOf(object);
  if (owner === undefined) return "<none>";
  const { group } = parseApiVersion(owner.apiVersion);
  const kind = group === "" ? owner.kind : `${owner.kind}.${group}`;
  return `${kind.toLowerCase()}/${owner.name}`;
}

/** The state that a controller can roll back to. */
function validateData(data: unknown, path: string): FieldErrors {
  if (data === undefined || data === null) return [required(path, "data is mandatory")];
  const isObject = typeof data === "object" && !Array.isArray(data);
  return isObject ? [] : [required(path, "data must be a valid JSON object")];
}
