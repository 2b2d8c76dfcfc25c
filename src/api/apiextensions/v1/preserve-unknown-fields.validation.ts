/** What comes of `preserveUnknownFields`, which v1 does not let anybody set any more. */
import { invalid } from "#apimachinery/field-error.ts";
import type { CustomResourceDefinitionSpec } from "../../generated/apiextensions-v1.ts";
import type { FieldErrors } from "../../validation/collect-errors.ts";
import { allSchemas } from "./schema-tree.ts";

export function validatePreserveUnknownFields({
  preserveUnknownFields,
}: CustomResourceDefinitionSpec): FieldErrors {
  if (preserveUnknownFields !== true) return [];
  return [
    invalid(
      "spec.preserveUnknownFields",
      true,
      "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead",
    ),
  ];
}

export function validateDefaultsArePruned(spec: CustomResourceDefinitionSpec): FieldErrors {
  if (spec.preserveUnknownFields !== true || !hasDefaults(spec)) return [];
  return [
    invalid("spec.preserveUnknownFields", true, "must be false in order to use defaults in the schema"),
  ];
}

export function validateConvertedArePruned({
  preserveUnknownFields,
  conversion,
}: CustomResourceDefinitionSpec): FieldErrors {
  if (preserveUnknownFields !== true || (conversion?.strategy ?? "None") === "None") return [];
  return [
    invalid(
      "spec.conversion.strategy",
      conversion?.strategy,
      "must be None if spec.preserveUnknownFields is true",
    ),
  ];
}

function hasDefaults({ versions }: CustomResourceDefinitionSpec): boolean {
  return versions.some(({ schema }) =>
    allSchemas(schema?.openAPIV3Schema ?? {}).some((each) => each.default !== undefined),
  );
}
