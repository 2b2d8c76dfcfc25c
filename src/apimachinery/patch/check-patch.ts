import { checkDepth, JsonSyntaxError } from "../codec/parse-json.ts";
import { badRequest } from "../status-error.ts";

/** Throws a 400 `StatusError` for a patch that is nested too deeply to be worked on. */
export function checkPatch(patch: unknown): void {
  try {
    checkDepth(patch);
  } catch (error) {
    throw error instanceof JsonSyntaxError ? badRequest(`error decoding patch: ${error.message}`) : error;
  }
}
