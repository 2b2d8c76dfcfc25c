import type { CustomResourceSubresourceScale } from "#api/generated/apiextensions-v1.ts";
import type { ScaleFields } from "#api/kind.ts";
import { type FieldError, invalid } from "#apimachinery/field-error.ts";
import { goTypeOf, goValue } from "#apimachinery/go-text.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import { fieldAt, fieldNames, withFieldAt } from "./field-at.ts";

const MAX_REPLICAS = 2 ** 31 - 1;

/** Where a definition says that the numbers of a scale are. */
export function scaleFields(scale: CustomResourceSubresourceScale): ScaleFields<KubeObject> {
  const { specReplicasPath, statusReplicasPath, labelSelectorPath = "" } = scale;
  const [spec, status] = [fieldNames(specReplicasPath), fieldNames(statusReplicasPath)];
  const selector = fieldNames(labelSelectorPath);
  return {
    replicas: (object) => numberOf(fieldAt(object, spec)),
    withReplicas: (object, replicas) => withFieldAt(object, spec, replicas),
    statusReplicas: (object) => numberOf(fieldAt(object, status)),
    selector: (object) => {
      const text = labelSelectorPath === "" ? "" : fieldAt(object, selector);
      return typeof text === "string" ? text : "";
    },
  };
}

function numberOf(value: unknown): number {
  return typeof value === "number" ? value : 0;
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
  if (typeof value !== "number" || !Number.isInteger(value))
    return [invalid(path, 0, mismatch(path, value, "int64"))];
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
