import { validateTolerations } from "#api/core/v1/pod-spec/tolerations.ts";
import type { Toleration } from "#api/generated/core-v1.ts";
import { type FieldError, invalid } from "#apimachinery/field-error.ts";
import { recordOf, typeErrors, unknownFields } from "../../parse-document.ts";

const API_VERSION = "podtolerationrestriction.admission.k8s.io/v1alpha1";

/** For namespaces that say nothing themselves; absent for nothing. */
export interface TolerationLists {
  readonly default?: readonly Toleration[];
  readonly whitelist?: readonly Toleration[];
}

export function parseTolerationLists(
  document: unknown,
): TolerationLists | { readonly errors: readonly FieldError[] } {
  const root = recordOf(document);
  const errors = [
    ...typeErrors(root, API_VERSION, "Configuration"),
    ...unknownFields(root, ["default", "whitelist"], ""),
    ...["default", "whitelist"].flatMap((field) => listErrors(root[field] ?? [], field)),
  ];
  // Their fields have been checked.
  return errors.length > 0 ? { errors } : (root as TolerationLists);
}

function listErrors(list: unknown, field: string): readonly FieldError[] {
  if (!Array.isArray(list)) return [invalid(field, list, "must be a list")];
  return validateTolerations(list as readonly Toleration[], field);
}
