/** File paths inside volumes (`validateLocalDescendingPath` and its relatives in core validation). */
import { type FieldError, invalid } from "#apimachinery/field-error.ts";

export function validatePathNoBacksteps(text: string, path: string): readonly FieldError[] {
  return text.split("/").includes("..") ? [invalid(path, text, "must not contain '..'")] : [];
}

/** A relative path without `..`. */
export function validateLocalDescendingPath(text: string, path: string): readonly FieldError[] {
  const absolute = text.startsWith("/") ? [invalid(path, text, "must be a relative path")] : [];
  return [...absolute, ...validatePathNoBacksteps(text, path)];
}

/** As `validateLocalDescendingPath`, and names that start with `..` are taken by the atomic writer of volumes. */
export function validateLocalNonReservedPath(text: string, path: string): readonly FieldError[] {
  const isReserved = text.startsWith("..") && !text.startsWith("../");
  return [
    ...validateLocalDescendingPath(text, path),
    ...(isReserved ? [invalid(path, text, "must not start with '..'")] : []),
  ];
}
