import type { KubeObject } from "#apimachinery/meta.ts";
import { event as stored } from "../../core/v1/event.ts";
import type { Event as CoreEvent } from "../../generated/core-v1.ts";
import type { Event } from "../../generated/events-v1.ts";
import { defineKind } from "../../kind.ts";
import { fromCore, toCore } from "./conversion.ts";
import { validateEventUpdate, validateNewEvent } from "./event.validation.ts";

/** Selectable fields of core/v1 that have other names here. */
const RENAMED: readonly (readonly [RegExp, string])[] = [
  [/^involvedObject\./, "regarding."],
  [/^reportingComponent$/, "reportingController"],
];

export const event = defineKind<Event>(
  { apiVersion: "events.k8s.io/v1", kind: "Event" },
  {
    columns: (stored.columns ?? []).map((column) => ({
      ...column,
      value: (object, now) => column.value(toCore(object), now),
    })),
    validate: validateNewEvent,
    validateUpdate: validateEventUpdate,
    selectableFields: Object.fromEntries(
      Object.entries(stored.selectableFields ?? {})
        // The source is deprecated, and cannot be selected by.
        .filter(([name]) => name !== "source")
        .map(([name, valueOf]) => [rename(name), (object: Event) => valueOf(toCore(object))]),
    ),
    hasGeneration: false,
    allowCreateOnUpdate: true,
    storage: {
      resource: stored.resource,
      toStorage: toCore,
      // What is stored of this resource is of that version.
      fromStorage: (object: KubeObject) => fromCore(object as CoreEvent),
    },
  },
);

function rename(name: string): string {
  return RENAMED.reduce((text, [pattern, replacement]) => text.replace(pattern, replacement), name);
}
