import type { FieldError } from "#apimachinery/field-error.ts";
import { checkPortName, checkPortNumber } from "#apimachinery/formats.ts";
import type { IntOrString } from "#apimachinery/generated/meta-v1.ts";
import { checkFormat, checkNumber } from "./checks.ts";

/** In the order in which messages list them. */
export const PORT_PROTOCOLS: readonly string[] = ["SCTP", "TCP", "UDP"];

export function validatePortNumber(port: number, path: string): readonly FieldError[] {
  return checkNumber(port, path, checkPortNumber);
}

/** A port number, or the name of a container's port. */
export function validatePortNumberOrName(port: IntOrString | undefined, path: string): readonly FieldError[] {
  const value = port ?? 0;
  return typeof value === "number"
    ? validatePortNumber(value, path)
    : checkFormat(value, path, checkPortName);
}
