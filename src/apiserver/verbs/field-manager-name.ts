import type { WriteOptions } from "#apimachinery/request.ts";

const MAX_FIELD_MANAGER_LENGTH = 128;
/** What Go's `unicode.IsPrint` refuses. */
const NOT_PRINTABLE = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu;

/** Who is behind a write: the name that the client gives itself, or the program that its user agent names. */
export function managerOf({ fieldManager = "" }: WriteOptions, userAgent: string): string {
  if (fieldManager !== "") return fieldManager;
  const program = (userAgent.split("/")[0] ?? "").replaceAll(NOT_PRINTABLE, "");
  return truncate(program, MAX_FIELD_MANAGER_LENGTH);
}

/** The longest beginning of a text that is at most so many bytes long and ends with a whole character. */
function truncate(text: string, maxBytes: number): string {
  let length = 0;
  let result = "";
  for (const character of text) {
    length += Buffer.byteLength(character);
    if (length > maxBytes) break;
    result += character;
  }
  return result;
}
