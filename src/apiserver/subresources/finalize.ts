import type { Namespace } from "#api/generated/core-v1.ts";
import { checkFormat } from "#api/validation/checks.ts";
import { validateStandardFinalizer } from "#api/validation/object-meta.ts";
import { type FieldError, indexPath } from "#apimachinery/field-error.ts";
import { checkQualifiedName } from "#apimachinery/formats.ts";
import { withStatusOf } from "../verbs/update-strategy.ts";
import { partOfObject, type SubresourceHandler } from "./subresource.ts";

const { update } = partOfObject({
  prepare: (next, previous) => withStatusOf(previous, next),
  validate: (next) =>
    ((next as Namespace).spec?.finalizers ?? []).flatMap((finalizer, index) =>
      validateFinalizer(finalizer, indexPath("spec.finalizers", index)),
    ),
  mayCreate: false,
});

/** How a namespace's finalizers are taken away: the last one lets the namespace go. */
function validateFinalizer(finalizer: string, path: string): readonly FieldError[] {
  return [...checkFormat(finalizer, path, checkQualifiedName), ...validateStandardFinalizer(finalizer, path)];
}

export const finalizeSubresource: SubresourceHandler = { update };
