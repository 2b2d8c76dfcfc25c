import type { UpdateSubresource, WriteContext } from "#api/kind.ts";
import type { FieldError } from "#apimachinery/field-error.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import type { ServedResource } from "../registry/served-resource.ts";
import { hasStatus } from "./prepare-create.ts";

/** What an update may change and what is checked of it: differs between a resource and its subresources. */
export interface UpdateStrategy {
  /** Takes back what this kind of update may not change. */
  readonly prepare: (
    next: KubeObject,
    previous: KubeObject,
    served: ServedResource,
    context: WriteContext,
  ) => KubeObject;
  /** What is wrong besides the metadata. */
  readonly validate: (
    next: KubeObject,
    previous: KubeObject,
    served: ServedResource,
  ) => readonly FieldError[];
  readonly warnings?: (next: KubeObject, previous: KubeObject, served: ServedResource) => readonly string[];
  /** Whether an object that is not there may be created; never for subresources. */
  readonly mayCreate: boolean;
  /** Whether it tells only what is observed, which never makes a new generation. Default false. */
  readonly isReport?: boolean;
}

/** Updates of the resource itself: everything but the status, where the status is a subresource. */
export const resourceStrategy: UpdateStrategy = {
  prepare: (next, previous, served, context) => {
    const kept = hasStatus(served) ? withStatusOf(previous, next) : next;
    return served.kind.prepareForUpdate?.(kept, previous, context) ?? kept;
  },
  validate: (next, previous, { kind }) =>
    kind.validateUpdate?.(next, previous) ?? kind.validate?.(next) ?? [],
  warnings: (next, previous, { kind }) => kind.warnings?.(next, previous) ?? [],
  mayCreate: true,
};

/** Updates through a subresource that the kind itself declares, such as `approval`. */
export function declaredStrategy(subresource: UpdateSubresource<KubeObject>): UpdateStrategy {
  return {
    prepare: (next, previous, _served, context) => subresource.prepareForUpdate(next, previous, context),
    validate: (next, previous) => subresource.validateUpdate(next, previous),
    mayCreate: false,
  };
}

export function withStatusOf(source: KubeObject, object: KubeObject): KubeObject {
  const { status } = source as KubeObject & { readonly status?: unknown };
  const { status: _, ...others } = object as KubeObject & { readonly status?: unknown };
  return status === undefined ? others : ({ ...others, status } as KubeObject);
}
