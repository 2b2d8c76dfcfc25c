import { type FieldError, invalid, tooLong } from "../field-error.ts";

/** In bytes (apimachinery `apis/meta/v1/validation`). */
const MAX_LENGTH = 128;
/** Each character is told of with all of the name: the message about a long one would have gigabytes. */
const MAX_SHOWN_LENGTH = 2 * MAX_LENGTH;
/** Go's `unicode.IsPrint`. */
const NOT_PRINTABLE = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u;
/** What nearly all names are. */
const PLAIN_NAME = /^[ -~]{0,128}$/;

/** Who makes a request: its `fieldManager`, or what its user agent says before the first slash. */
export function managerNameOf(fieldManager: string | undefined, userAgent: string): string {
  if (fieldManager !== undefined && fieldManager !== "") return fieldManager;
  const [agent = ""] = userAgent.split("/", 1);
  return PLAIN_NAME.test(agent) ? agent : printablePart(agent);
}

function printablePart(agent: string): string {
  let name = "";
  for (const character of agent) {
    if (NOT_PRINTABLE.test(character)) continue;
    if (Buffer.byteLength(name + character) > MAX_LENGTH) break;
    name += character;
  }
  return name;
}

/** Problems of the name of a field manager. */
export function validateManagerName(name: string, path: string): readonly FieldError[] {
  if (PLAIN_NAME.test(name)) return [];
  const length = Buffer.byteLength(name);
  const errors = length > MAX_LENGTH ? [tooLong(path, MAX_LENGTH)] : [];
  if (length > MAX_SHOWN_LENGTH) return errors;
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
