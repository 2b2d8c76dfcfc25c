/** What tests of kinds look at, as compact text. */

import { NO_FEATURES } from "#api/features.ts";
import type { Kind, WriteContext } from "#api/kind.ts";
import { type FieldError, formatFieldError } from "#apimachinery/field-error.ts";
import type { KubeObject } from "#apimachinery/meta.ts";

/** The errors as the API reports them: `spec.replicas: Invalid value: -1: must be …`. */
export function errorTexts(errors: readonly FieldError[] | undefined): readonly string[] {
  return (errors ?? []).map(formatFieldError);
}

/** The cells of an object's row in the table of its kind, by column name. */
export function rowOf<T extends KubeObject>(kind: Kind<T>, object: T, now = 0): Record<string, unknown> {
  return Object.fromEntries((kind.columns ?? []).map(({ name, value }) => [name, value(object, now)]));
}

/** The context of a write by somebody at some time. */
export const someWrite: WriteContext = {
  user: { name: "jane", uid: "jane-1", groups: ["system:authenticated"], extra: { from: ["laptop"] } },
  now: "2026-01-31T10:00:00Z",
  features: NO_FEATURES,
};
