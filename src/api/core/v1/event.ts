import { formatAge, nameColumn, textColumn, wideColumn } from "../../columns.ts";
import type { Event } from "../../generated/core-v1.ts";
import { type Column, defineKind } from "../../kind.ts";
import { checkPathSegmentName } from "../../validation/names.ts";
import { validateEvent } from "./event.validation.ts";

/** What an event is about, field by field, as far as selectors know it. */
const OBJECT_FIELDS = [
  "kind",
  "namespace",
  "name",
  "uid",
  "apiVersion",
  "resourceVersion",
  "fieldPath",
] as const;

const columns: readonly Column<Event>[] = [
  { name: "Last Seen", type: "string", value: (event, now) => formatAge(lastSeen(event), now) },
  textColumn("Type", ({ type = "" }) => type),
  textColumn("Reason", ({ reason = "" }) => reason),
  textColumn("Object", describeObject),
  wideColumn("Subobject", ({ involvedObject }) => involvedObject.fieldPath ?? ""),
  wideColumn("Source", describeSource),
  textColumn("Message", ({ message = "" }) => message.trim()),
  {
    name: "First Seen",
    type: "string",
    priority: 1,
    value: (event, now) => formatAge(firstSeen(event), now),
  },
  { name: "Count", type: "string", priority: 1, value: countOf },
  { ...nameColumn, priority: 1 },
];

export const event = defineKind<Event>(
  { apiVersion: "v1", kind: "Event" },
  {
    columns,
    validate: validateEvent,
    validateName: checkPathSegmentName,
    selectableFields: {
      ...Object.fromEntries(
        OBJECT_FIELDS.map((field) => [
          `involvedObject.${field}`,
          ({ involvedObject }: Event) => involvedObject[field] ?? "",
        ]),
      ),
      reason: ({ reason = "" }) => reason,
      reportingComponent: ({ reportingComponent }) => reportingComponent,
      source: componentOf,
      type: ({ type = "" }) => type,
    },
    hasGeneration: false,
    defaultPropagation: "Unsupported",
    allowCreateOnUpdate: true,
  },
);

function firstSeen({ firstTimestamp, eventTime }: Event): string | null | undefined {
  return firstTimestamp ?? eventTime;
}

function lastSeen(object: Event): string | null | undefined {
  const { series, lastTimestamp } = object;
  return series === undefined ? (lastTimestamp ?? firstSeen(object)) : series.lastObservedTime;
}

/** An event that has happened once may have no count. */
function countOf({ series, count = 0 }: Event): number {
  return series === undefined ? count || 1 : (series.count ?? 0);
}

function describeObject({ involvedObject: { kind = "", name = "" } }: Event): string {
  return name === "" ? kind.toLowerCase() : `${kind.toLowerCase()}/${name}`;
}

function describeSource(object: Event): string {
  const component = componentOf(object);
  const instance = object.source?.host || object.reportingInstance;
  return instance === "" ? component : `${component}, ${instance}`;
}

function componentOf({ source, reportingComponent }: Event): string {
  return source?.component || reportingComponent;
}
