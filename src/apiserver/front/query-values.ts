import { badRequest } from "#apimachinery/status-error.ts";

/**
 * Values of query parameters with Go's rules (apimachinery `pkg/runtime/conversion.go`). Null, an absent
 * parameter, is undefined.
 */
export function parseBoolean(value: string | null): boolean | undefined {
  if (value === null) return undefined;
  return value !== "0" && value.toLowerCase() !== "false";
}

/** Throws BadRequest with the text of Go's `strconv.ParseInt`. */
export function parseInteger(value: string | null): number | undefined {
  if (value === null) return undefined;
  if (!/^[+-]?[0-9]+$/.test(value)) throw parseError(value, "invalid syntax");
  const parsed = BigInt(value.replace(/^\+/, ""));
  if (BigInt.asIntN(64, parsed) !== parsed) throw parseError(value, "value out of range");
  return Number(parsed);
}

/** An empty text counts as absent. */
export function parseText(value: string | null): string | undefined {
  return value === null || value === "" ? undefined : value;
}

function parseError(value: string, reason: string): Error {
  return badRequest(`strconv.ParseInt: parsing ${JSON.stringify(value)}: ${reason}`);
}
