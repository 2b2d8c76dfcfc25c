/**
 * Fields that each version has, and that are judged once where all versions agree: upstream's internal type keeps
 * them above the versions then, which is where errors say they are (apiextensions v1 conversion.go).
 */
import { indexPath } from "#apimachinery/field-error.ts";
import type {
  CustomResourceDefinitionSpec,
  CustomResourceDefinitionVersion,
} from "../../generated/apiextensions-v1.ts";
import { semanticallyEqual } from "../../validation/equality.ts";

/** The name of each of the fields above the versions. */
const COMMON_NAMES = {
  schema: "validation",
  subresources: "subresources",
  additionalPrinterColumns: "additionalPrinterColumns",
  selectableFields: "selectableFields",
} as const satisfies Partial<Record<keyof CustomResourceDefinitionVersion, string>>;

export type VersionField = keyof typeof COMMON_NAMES;

/** One value of a field, with the place that errors name. */
export interface Placed<F extends VersionField> {
  readonly value: NonNullable<CustomResourceDefinitionVersion[F]>;
  readonly path: string;
  /** The versions that have it. */
  readonly versions: readonly CustomResourceDefinitionVersion[];
}

/** Whether all versions agree on a field. */
export function isCommon({ versions }: CustomResourceDefinitionSpec, field: VersionField): boolean {
  return versions.every((version) => semanticallyEqual(version[field], versions[0]?.[field]));
}

/** The value that all versions have in common, if they agree and have one. */
export function commonField<F extends VersionField>(
  spec: CustomResourceDefinitionSpec,
  field: F,
  path: string,
): readonly Placed<F>[] {
  const value = spec.versions[0]?.[field];
  if (value === undefined || !isCommon(spec, field)) return [];
  return [{ value, path: `${path}.${COMMON_NAMES[field]}`, versions: spec.versions }];
}

/** The value of one version, if the versions do not agree and it has one. */
export function ownField<F extends VersionField>(
  spec: CustomResourceDefinitionSpec,
  field: F,
  { path, index }: { readonly path: string; readonly index: number },
): readonly Placed<F>[] {
  const version = spec.versions[index];
  const value = version?.[field];
  if (version === undefined || value === undefined || isCommon(spec, field)) return [];
  return [{ value, path: `${indexPath(`${path}.versions`, index)}.${field}`, versions: [version] }];
}

/** Every value of a field once. */
export function placedFields<F extends VersionField>(
  spec: CustomResourceDefinitionSpec,
  field: F,
): readonly Placed<F>[] {
  return [
    ...commonField(spec, field, "spec"),
    ...spec.versions.flatMap((_, index) => ownField(spec, field, { path: "spec", index })),
  ];
}
