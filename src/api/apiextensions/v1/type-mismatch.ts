import { type FieldError, invalid, required } from "#apimachinery/field-error.ts";

/** The error of a schema whose type is missing or another than its other fields need. */
export function typeMismatch(type: string, path: string, detail: string): FieldError {
  return type === "" ? required(`${path}.type`, detail) : invalid(`${path}.type`, type, detail);
}
