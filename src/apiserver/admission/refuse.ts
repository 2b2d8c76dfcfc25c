import { forbidden, type StatusError } from "#apimachinery/status-error.ts";
import type { AdmissionRequest } from "./admission-plugin.ts";

/** The refusal of an object by a plugin (apiserver `admission.NewForbidden`). */
export function refuse({ resource, name, object }: AdmissionRequest, why: string): StatusError {
  const { name: ownName = "", generateName = "" } = object?.metadata ?? {};
  const shown = [name, ownName, generateName].find((each) => each !== "") ?? "Unknown";
  return forbidden(resource, shown, why);
}
