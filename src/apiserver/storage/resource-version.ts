import { invalid as invalidValue } from "#apimachinery/field-error.ts";
import { badRequest } from "#apimachinery/status-error.ts";

/**
 * The revision that a `resourceVersion` parameter names; absent, empty and "0" are 0, which means any. Throws
 * BadRequest for anything but a number.
 */
export function parseResourceVersion(text: string | undefined): number {
  if (text === undefined || text === "" || text === "0") return 0;
  const revision = /^[0-9]+$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(revision)) return revision;
  const { message } = invalidValue("resourceVersion", text, parseError(text));
  throw badRequest(`invalid resource version: resourceVersion: ${message}`);
}

/** The text of Go's `strconv.ParseUint`, which is part of the message. */
function parseError(text: string): string {
  const reason = /^[0-9]+$/.test(text) ? "value out of range" : "invalid syntax";
  return `strconv.ParseUint: parsing ${JSON.stringify(text)}: ${reason}`;
}
