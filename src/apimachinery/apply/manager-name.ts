import { type FieldError, invalid, tooLong } from "../field-error.ts";

/** In bytes (apimachinery `apis/meta/v1/validation`). */
const MAX_LENGTH = 128;
const NOT_PRINTABLE = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u;

/** Who makes a request: its `fieldManager`, or what its user agent says before the first slash. */
export function managerNameOf(fieldManager: string | undefined, userAgent: string): string {
  if (fieldManager !== undefined && fieldManager !== "") return fieldManager;
  let name = "";
  for (const character of userAgent.split("/", 1)[0] ?? "") {
    if (NOT_PRINTABLE.test(character)) continue;
    if (Buffer.byteLength(name + character) > MAX_LENGTH) break;
    name += character;
  }
  return name;
}

/** Problems of a `fieldManager` parameter. */
export function validateManagerName(name: string, path: string): FieldError[] {
  const errors = Buffer.byteLength(name) > MAX_LENGTH ? [tooLong(path, MAX_LENGTH)] : [];
  let position = 0;
  for (const character of name) {
    if (NOT_PRINTABLE.test(character)) {
      const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
      errors.push(invalid(path, name, `invalid character U+${code} (at position ${String(position)})`));
    }
    position += Buffer.byteLength(character);
  }
  return errors;
}
