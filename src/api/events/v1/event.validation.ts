/**
 * Rules for events that come through events.k8s.io/v1, which are stricter than those for core/v1. Errors name the
 * fields as core/v1 does (upstream pkg/apis/core/validation/events.go).
 */
import { invalid, required } from "#apimachinery/field-error.ts";
import { validateEvent } from "../../core/v1/event.validation.ts";
import type { Event as CoreEvent } from "../../generated/core-v1.ts";
import type { Event } from "../../generated/events-v1.ts";
import { validateImmutable } from "../../validation/checks.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";
import { semanticallyEqual } from "../../validation/equality.ts";
import { toCore } from "./conversion.ts";

const TYPES: readonly string[] = ["Normal", "Warning"];
const UNSET = "needs to be unset";

/** Fields that say what happened; only how often it did may change. */
const IMMUTABLE_FIELDS = [
  ["involvedObject", "involvedObject"],
  ["reason", "reason"],
  ["message", "message"],
  ["source", "source"],
  ["firstTimestamp", "firstTimestamp"],
  ["lastTimestamp", "lastTimestamp"],
  ["count", "count"],
  ["reason", "reason"],
  ["type", "type"],
  ["eventTime", "eventTime"],
  ["action", "action"],
  ["related", "related"],
  ["reportingComponent", "reportingController"],
  ["reportingInstance", "reportingInstance"],
] as const satisfies readonly (readonly [keyof CoreEvent, string])[];

export function validateNewEvent(event: Event): FieldErrors {
  const core = toCore(event);
  const { type = "", source, firstTimestamp, lastTimestamp, count = 0 } = core;
  return collectErrors(
    validateEvent(core),
    validateSeries(event),
    !isSet(event.eventTime) && required("eventTime"),
    !TYPES.includes(type) && invalid("type", "", `has invalid value: ${type}`),
    isSet(firstTimestamp) && invalid("firstTimestamp", "", UNSET),
    isSet(lastTimestamp) && invalid("lastTimestamp", "", UNSET),
    count !== 0 && invalid("count", "", UNSET),
    (source?.component ?? "") + (source?.host ?? "") !== "" && invalid("source", "", UNSET),
  );
}

export function validateEventUpdate(next: Event, previous: Event): FieldErrors {
  const [after, before] = [toCore(next), toCore(previous)];
  return collectErrors(
    validateEvent(after),
    !semanticallyEqual(next.series, previous.series) && validateSeries(next),
    IMMUTABLE_FIELDS.flatMap(([field, path]) => validateImmutable(after[field], before[field], path)),
  );
}

function validateSeries({ series }: Event): FieldErrors {
  if (series === undefined) return [];
  return collectErrors(
    series.count < 2 && invalid("series.count", "", "should be at least 2"),
    !isSet(series.lastObservedTime) && required("series.lastObservedTime"),
  );
}

function isSet(time: string | null | undefined): boolean {
  return time !== undefined && time !== null;
}
