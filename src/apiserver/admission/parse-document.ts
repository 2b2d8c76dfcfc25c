/** What parsers of configuration have in common. */
import { type FieldError, invalid, invalidWithoutValue } from "#apimachinery/field-error.ts";

type Fields = Readonly<Record<string, unknown>>;

export function recordOf(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

export function typeErrors(root: Fields, apiVersion: string, kind: string): readonly FieldError[] {
  return Object.entries({ apiVersion, kind }).flatMap(([field, expected]) =>
    root[field] === expected ? [] : [invalid(field, root[field], `must be ${expected}`)],
  );
}

/** Besides these, a document may say what it is. */
export function unknownFields(value: Fields, known: readonly string[], path: string): readonly FieldError[] {
  const type = path === "" ? ["apiVersion", "kind"] : [];
  return Object.keys(value)
    .filter((name) => !known.includes(name) && !type.includes(name))
    .map((name) => invalidWithoutValue(path === "" ? name : `${path}.${name}`, "unknown field"));
}
