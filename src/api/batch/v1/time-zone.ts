import { invalid } from "#apimachinery/field-error.ts";
import type { FieldErrors } from "../../validation/collect-errors.ts";
import { isTimeZone } from "./time-zone-names.ts";

/** Characters that the names of time zones may have, legacy names with digits included. */
const NAME_PART = /^[A-Za-z.\-_0-9+]{1,14}$/;

/** What Go takes for the time zone of the server. */
const LOCAL = "Local";

export function validateTimeZone(name: string, path: string): FieldErrors {
  return timeZoneProblems(name).map((problem) => invalid(path, name, problem));
}

function timeZoneProblems(name: string): readonly string[] {
  if (name === "") return ["timeZone must be nil or non-empty string"];
  const unknown = `unknown time zone ${name}`;
  if (!name.split("/").every(isNamePart)) return [unknown];
  return [
    ...(name.toLowerCase() === LOCAL.toLowerCase()
      ? ["timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones"]
      : []),
    ...(name === LOCAL || isTimeZone(name) ? [] : [unknown]),
  ];
}

function isNamePart(part: string): boolean {
  return part !== "." && part !== ".." && !part.startsWith("-") && NAME_PART.test(part);
}
