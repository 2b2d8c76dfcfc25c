/** What may be combined in list and watch requests (apimachinery `internalversion/validation`). */
import { type FieldError, forbidden, notSupported } from "#apimachinery/field-error.ts";
import type { ListOptions, WatchOptions } from "#apimachinery/request.ts";
import { invalid } from "#apimachinery/status-error.ts";

const LIST_OPTIONS = { group: "meta.k8s.io", kind: "ListOptions" };
const MATCH = "resourceVersionMatch";

/** Throws Invalid when the options contradict each other. */
export function validateListOptions(options: ListOptions): void {
  const match: string = options.resourceVersionMatch ?? "";
  if (match !== "") refuse(listProblems(match, options));
}

/** Throws Invalid when the options contradict each other. */
export function validateWatchOptions({ sendInitialEvents, resourceVersionMatch }: WatchOptions): void {
  const match: string = resourceVersionMatch ?? "";
  const asksForInitialEvents = sendInitialEvents !== undefined;
  refuse([
    ...(asksForInitialEvents && match !== "NotOlderThan"
      ? [forbidden(MATCH, "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan")]
      : []),
    ...(match !== "" && !asksForInitialEvents
      ? [forbidden(MATCH, "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided")]
      : []),
    ...(match !== "" && match !== "NotOlderThan" ? [notSupported(MATCH, match, ["NotOlderThan"])] : []),
  ]);
}

function listProblems(match: string, options: ListOptions): readonly FieldError[] {
  const { resourceVersion = "", continue: token = "" } = options;
  return [
    ...(resourceVersion === ""
      ? [forbidden(MATCH, "resourceVersionMatch is forbidden unless resourceVersion is provided")]
      : []),
    ...(token === ""
      ? []
      : [forbidden(MATCH, "resourceVersionMatch is forbidden when continue is provided")]),
    ...(match === "Exact" || match === "NotOlderThan"
      ? []
      : [notSupported(MATCH, match, ["Exact", "NotOlderThan", ""])]),
    ...(match === "Exact" && resourceVersion === "0"
      ? [forbidden(MATCH, 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"')]
      : []),
  ];
}

function refuse(errors: readonly FieldError[]): void {
  if (errors.length > 0) throw invalid(LIST_OPTIONS, "", errors);
}
