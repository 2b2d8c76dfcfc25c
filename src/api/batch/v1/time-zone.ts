import { invalid } from "#apimachinery/field-error.ts";
import type { FieldErrors } from "../../validation/collect-errors.ts";

/** Characters that the names of time zones may have, legacy names with digits included. */
const NAME_PART = /^[A-Za-z.\-_0-9+]{1,14}$/;

export function validateTimeZone(name: string, path: string): FieldErrors {
  const problem = timeZoneProblem(name);
  return problem === undefined ? [] : [invalid(path, name, problem)];
}

function timeZoneProblem(name: string): string | undefined {
  if (name === "") return "timeZone must be nil or non-empty string";
  if (!name.split("/").every(isNamePart)) return `unknown time zone ${name}`;
  if (name.toLowerCase() === "local") {
    return "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones";
  }
  return isKnown(name) ? undefined : `unknown time zone ${name}`;
}

function isNamePart(part: string): boolean {
  return part !== "." && part !== ".." && !part.startsWith("-") && NAME_PART.test(part);
}

function isKnown(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }) instanceof Intl.DateTimeFormat;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
