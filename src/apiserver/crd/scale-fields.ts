import type { CustomResourceSubresourceScale } from "#api/generated/apiextensions-v1.ts";
import type { ScaleFields } from "#api/kind.ts";
import { isWhole } from "#apimachinery/exact-json.ts";
import { type FieldError, invalid } from "#apimachinery/field-error.ts";
import { goTypeOf, goValue } from "#apimachinery/go-text.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import { unclassified } from "#apimachinery/status-error.ts";
import { fieldAt, fieldNames, withFieldAt } from "./field-at.ts";

const MAX_REPLICAS = 2 ** 31 - 1;

/** Where a definition says that the numbers of a scale are. They throw a StatusError for what is no number. */
export function scaleFields(scale: CustomResourceSubresourceScale): ScaleFields<KubeObject> {
  const { specReplicasPath, statusReplicasPath, labelSelectorPath = "" } = scale;
  const spec = fieldNames(specReplicasPath);
  return {
    replicas: (object) => numberAt(object, specReplicasPath),
    withReplicas: (object, replicas) => withFieldAt(object, spec, replicas),
    replicasPath: spec,
    statusReplicas: (object) => numberAt(object, statusReplicasPath) ?? 0,
    selector: (object) => (labelSelectorPath === "" ? "" : (textAt(object, labelSelectorPath) ?? "")),
  };
}

function numberAt(object: unknown, path: string): number | undefined {
  const value = fieldAt(object, fieldNames(path));
  if (value === undefined) return undefined;
  if (isWhole(value)) return Number(value);
  throw unclassified(mismatch(path, value, "int64"));
}

function textAt(object: unknown, path: string): string | undefined {
  const value = fieldAt(object, fieldNames(path));
  if (value === undefined || typeof value === "string") return value;
  throw unclassified(mismatch(path, value, "string"));
}

/** Numbers that no scale could show (upstream pkg/registry/customresource/validator.go). */
export function validateScale(
  { specReplicasPath, statusReplicasPath, labelSelectorPath = "" }: CustomResourceSubresourceScale,
  object: unknown,
  { status }: { readonly status: boolean },
): readonly FieldError[] {
  return [
    ...(status ? [] : validateReplicas(object, specReplicasPath)),
    ...validateReplicas(object, statusReplicasPath),
    ...(labelSelectorPath === "" ? [] : validateSelector(object, labelSelectorPath)),
  ];
}

function validateReplicas(object: unknown, path: string): readonly FieldError[] {
  const value = fieldAt(object, fieldNames(path));
  if (value === undefined) return [];
  if (!isWhole(value)) return [invalid(path, 0, mismatch(path, value, "int64"))];
  if (value < 0) return [invalid(path, value, "should be a non-negative integer")];
  if (value <= MAX_REPLICAS) return [];
  return [invalid(path, value, `should be less than or equal to ${String(MAX_REPLICAS)}`)];
}

function validateSelector(object: unknown, path: string): readonly FieldError[] {
  const value = fieldAt(object, fieldNames(path));
  return value === undefined || typeof value === "string"
    ? []
    : [invalid(path, "", mismatch(path, value, "string"))];
}

/** In the words of apimachinery `unstructured.NestedInt64`. */
function mismatch(path: string, value: unknown, type: string): string {
  return `${path} accessor error: ${goValue(value)} is of the type ${goTypeOf(value)}, expected ${type}`;
}
