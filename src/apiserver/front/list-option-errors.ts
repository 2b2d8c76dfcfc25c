/** What options of lists and watches may be combined (apimachinery `meta/internalversion/validation/validation.go`). */
import { type FieldError, forbidden, notSupported } from "#apimachinery/field-error.ts";
import { parseBoolean, parseText } from "./query-values.ts";

const MATCH = "resourceVersionMatch";

export function listOptionErrors(query: URLSearchParams): readonly FieldError[] {
  return [
    ...matchErrors(query),
    ...(query.has("sendInitialEvents")
      ? [forbidden("sendInitialEvents", "sendInitialEvents is forbidden for list")]
      : []),
  ];
}

function matchErrors(query: URLSearchParams): readonly FieldError[] {
  const match = parseText(query.get(MATCH));
  if (match === undefined) return [];
  const resourceVersion = parseText(query.get("resourceVersion"));
  return [
    ...(resourceVersion === undefined
      ? [forbidden(MATCH, "resourceVersionMatch is forbidden unless resourceVersion is provided")]
      : []),
    ...continueErrors(query),
    ...(match === "Exact" || match === "NotOlderThan"
      ? []
      : [notSupported(MATCH, match, ["Exact", "NotOlderThan", ""])]),
    ...(match === "Exact" && resourceVersion === "0"
      ? [forbidden(MATCH, 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"')]
      : []),
  ];
}

export function watchOptionErrors(query: URLSearchParams): readonly FieldError[] {
  const given = parseText(query.get(MATCH));
  const isInitialNamed = parseBoolean(query.get("sendInitialEvents")) !== undefined;
  // A watch from anywhere has always begun with what is there (`internalversion.SetListOptionsDefaults`).
  const isFromAnywhere = ["", "0"].includes(query.get("resourceVersion") ?? "");
  const isByDefault = given === undefined && !isInitialNamed && isFromAnywhere;
  const match = isByDefault ? "NotOlderThan" : given;
  const sendsInitialEvents = isByDefault || isInitialNamed;
  return [
    ...(sendsInitialEvents && match !== "NotOlderThan"
      ? [forbidden(MATCH, "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan")]
      : []),
    ...(match !== undefined && !sendsInitialEvents
      ? [forbidden(MATCH, "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided")]
      : []),
    ...(match === undefined || match === "NotOlderThan"
      ? []
      : [notSupported(MATCH, match, ["NotOlderThan"])]),
    ...(match === undefined ? [] : continueErrors(query)),
  ];
}

function continueErrors(query: URLSearchParams): readonly FieldError[] {
  return parseText(query.get("continue")) === undefined
    ? []
    : [forbidden(MATCH, "resourceVersionMatch is forbidden when continue is provided")];
}
