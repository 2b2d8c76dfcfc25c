/** The fields of StorageClass and VolumeAttributesClass that a driver understands. */
import { invalid, required, tooLong } from "#apimachinery/field-error.ts";
import { checkQualifiedName } from "#apimachinery/formats.ts";
import { checkFormat } from "../../validation/checks.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";

type Parameters = Readonly<Record<string, string>>;

const MAX_PARAMETERS_BYTES = 256 * 1024;
const MAX_PARAMETERS = 512;

/** The name of a driver or provisioner; capitals do not count. */
export function validateDriverName(name: string, path: string): FieldErrors {
  return name === "" ? [required(path)] : checkFormat(name.toLowerCase(), path, checkQualifiedName);
}

export function validateParameters(
  parameters: Parameters | undefined,
  path: string,
  { allowEmpty }: { readonly allowEmpty: boolean },
): FieldErrors {
  const keys = Object.keys(parameters ?? {});
  if (keys.length > MAX_PARAMETERS) return [tooLong(path, MAX_PARAMETERS)];
  return collectErrors(
    keys.includes("") && invalid(path, "", "field can not be empty."),
    textBytes(parameters) > MAX_PARAMETERS_BYTES && tooLong(path, MAX_PARAMETERS_BYTES),
    !allowEmpty && keys.length === 0 && required(path, "must contain at least one key/value pair"),
  );
}

/** Bytes of all keys and values together. */
export function textBytes(map: Parameters | undefined): number {
  return Object.entries(map ?? {}).reduce((sum, entry) => sum + Buffer.byteLength(entry.join("")), 0);
}
