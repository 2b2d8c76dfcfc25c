import { checkDepth, JsonSyntaxError, parseJson } from "../codec/parse-json.ts";
import { badRequest } from "../status-error.ts";

/** Parses the body of a JSON, merge or strategic merge patch. Throws a 400 `StatusError` for a text that is no JSON. */
export function parsePatch(text: string): unknown {
  return refuseMalformed(() => parseJson(text));
}

/** Throws a 400 `StatusError` for a patch that is nested too deeply to be worked on. */
export function checkPatch(patch: unknown): void {
  refuseMalformed(() => checkDepth(patch));
}

function refuseMalformed<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof JsonSyntaxError ? badRequest("invalid JSON patch") : error;
  }
}
