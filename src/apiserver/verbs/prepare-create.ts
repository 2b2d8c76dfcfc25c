import type { WriteContext } from "#api/kind.ts";
import { checkSubdomainName } from "#api/validation/names.ts";
import { validateObjectMeta } from "#api/validation/object-meta.ts";
import { zeroValue } from "#apimachinery/codec/zero.ts";
import type { FieldError } from "#apimachinery/field-error.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import { omit } from "#base/omit.ts";
import type { ServedResource } from "../registry/served-resource.ts";
import { withGeneration } from "./metadata.ts";

/** An object as it may be created: without what its creator may not set. In the version of the hub. */
export function prepareForCreate(
  object: KubeObject,
  served: ServedResource,
  context: WriteContext,
): KubeObject {
  const { kind } = served;
  const keepsStatus = kind.keepsStatusOnCreate === true && "status" in object;
  const cleared = hasStatus(served) && !keepsStatus ? clearStatus(object, served) : object;
  // Kinds that start without a generation keep what their creator says.
  const generated = (kind.hasGeneration ?? true) === true ? withGeneration(cleared, 1) : cleared;
  return kind.prepareForCreate?.(generated, context) ?? generated;
}

/** Everything that is wrong with a new object. The kind's own rules come first, as upstream has it. */
export function validateCreate(
  object: KubeObject,
  { kind, resource, takesAnyFinalizer }: ServedResource,
): readonly FieldError[] {
  return [
    ...validateObjectMeta(
      object.metadata,
      {
        namespaced: resource.namespaced,
        validateName: kind.validateName ?? checkSubdomainName,
        anyFinalizer: takesAnyFinalizer,
      },
      "metadata",
    ),
    ...(kind.validate?.(object) ?? []),
  ];
}

export function hasStatus({ resource }: ServedResource): boolean {
  return resource.subresources.some(({ name }) => name === "status");
}

/** Go writes an empty status where the field is no pointer, with what it never leaves out. */
function clearStatus(object: KubeObject, { schema }: ServedResource): KubeObject {
  const status = schema.fields.get("status");
  const cleared = omit(object as KubeObject & { readonly status?: unknown }, "status");
  return status === undefined || status.presence === "whenSet"
    ? cleared
    : ({ ...cleared, status: zeroValue(status.schema) } as KubeObject);
}
