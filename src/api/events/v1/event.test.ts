import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { errorTexts, rowOf } from "#testing/kinds.ts";
import { metadataOf } from "#testing/metadata.ts";
import { anEvent as aCoreEvent } from "#testing/objects.ts";
import type { Event as CoreEvent } from "../../generated/core-v1.ts";
import type { Event } from "../../generated/events-v1.ts";
import { fromCore, toCore } from "./conversion.ts";
import { event } from "./event.ts";

const TIME = "2026-01-31T09:59:00.000000Z";

function anEvent(fields: Partial<Event> = {}): Event {
  return {
    apiVersion: "events.k8s.io/v1",
    kind: "Event",
    metadata: metadataOf("web.1"),
    eventTime: TIME,
    type: "Normal",
    reason: "Started",
    action: "Starting",
    note: "Started the pod",
    regarding: { kind: "Pod", name: "web", namespace: "default" },
    reportingController: "example.com/controller",
    reportingInstance: "one",
    ...fields,
  };
}

const errorsOf = (fields: Partial<Event>) => errorTexts(event.validate?.(anEvent(fields)));

describe("event.validate", () => {
  test.each<{ name: string; fields: Partial<Event>; want: string[] }>([
    { name: "an event", fields: {}, want: [] },
    { name: "a series", fields: { series: { count: 2, lastObservedTime: TIME } }, want: [] },
    {
      name: "an event of the old sort",
      fields: {
        eventTime: null,
        type: "Bad",
        deprecatedSource: { component: "kubelet" },
        deprecatedFirstTimestamp: "2026-01-31T09:59:00Z",
        deprecatedLastTimestamp: "2026-01-31T09:59:00Z",
        deprecatedCount: 1,
      },
      want: [
        "eventTime: Required value",
        'type: Invalid value: "": has invalid value: Bad',
        'firstTimestamp: Invalid value: "": needs to be unset',
        'lastTimestamp: Invalid value: "": needs to be unset',
        'count: Invalid value: "": needs to be unset',
        'source: Invalid value: "": needs to be unset',
      ],
    },
    {
      name: "a series of one, from nobody, about something elsewhere",
      fields: {
        series: { count: 1, lastObservedTime: null },
        reportingController: "a b",
        regarding: { kind: "Node", name: "n" },
        metadata: metadataOf("web.1", { namespace: "other" }),
      },
      want: [
        'involvedObject.namespace: Invalid value: "": does not match event.namespace',
        "reportingController: Invalid value: \"a b\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
        'series.count: Invalid value: "": should be at least 2',
        "series.lastObservedTime: Required value",
      ],
    },
  ])("judges $name", ({ fields, want }) => {
    expect(errorsOf(fields)).toEqual(want);
  });
});

describe("event.validateUpdate", () => {
  const update = (next: Partial<Event>, previous: Partial<Event> = {}) =>
    errorTexts(event.validateUpdate?.(anEvent(next), anEvent(previous)));

  test("lets what happened happen again", () => {
    expect(update({ series: { count: 2, lastObservedTime: TIME } })).toEqual([]);
    const odd = { series: { count: 1, lastObservedTime: null } };
    expect(update(odd, odd)).toEqual([]);
    expect(update(odd)).toEqual([
      'series.count: Invalid value: "": should be at least 2',
      "series.lastObservedTime: Required value",
    ]);
  });

  test("does not let it change", () => {
    expect(update({ note: "x", type: "Warning", eventTime: "2026-01-31T09:59:01.000000Z" })).toEqual([
      'message: Invalid value: "x": field is immutable',
      'type: Invalid value: "Warning": field is immutable',
      'eventTime: Invalid value: "2026-01-31T09:59:01.000000Z": field is immutable',
    ]);
    expect(update({ reportingController: "b" })).toEqual([
      'reportingController: Invalid value: "b": field is immutable',
    ]);
  });
});

test("fields are selected by the names that they have here", () => {
  const values = Object.entries(event.selectableFields ?? {}).map(([name, get]) => [name, get(anEvent())]);
  expect(Object.fromEntries(values)).toEqual({
    "regarding.kind": "Pod",
    "regarding.namespace": "default",
    "regarding.name": "web",
    "regarding.uid": "",
    "regarding.apiVersion": "",
    "regarding.resourceVersion": "",
    "regarding.fieldPath": "",
    reason: "Started",
    reportingController: "example.com/controller",
    type: "Normal",
  });
});

test("the table is that of core/v1", () => {
  expect(rowOf(event, anEvent(), Date.parse("2026-01-31T10:00:00Z"))).toMatchObject({
    "Last Seen": "60s",
    Object: "pod/web",
    Message: "Started the pod",
    Source: "example.com/controller, one",
    Count: 1,
  });
});

describe("conversion", () => {
  const text = fc.constantFrom("a", "b c");
  const fields: fc.Arbitrary<Partial<CoreEvent>> = fc.record(
    {
      message: text,
      reason: text,
      action: text,
      type: text,
      count: fc.integer({ min: 1, max: 9 }),
      eventTime: fc.constantFrom(null, TIME),
      firstTimestamp: fc.constantFrom(null, "2026-01-31T09:00:00Z"),
      lastTimestamp: fc.constantFrom(null, "2026-01-31T09:00:00Z"),
      source: fc.record({ component: text, host: text }, { requiredKeys: [] }),
      series: fc.record(
        { count: fc.integer({ min: 1, max: 9 }), lastObservedTime: fc.constantFrom(null, TIME) },
        { requiredKeys: ["lastObservedTime"] },
      ),
      related: fc.record({ kind: text, name: text }),
      reportingComponent: fc.constantFrom("", "a"),
      reportingInstance: fc.constantFrom("", "b"),
    },
    { requiredKeys: ["eventTime"] },
  );

  test("loses nothing on the way from core/v1 and back", () => {
    fc.assert(
      fc.property(fields, (given) => {
        const object = aCoreEvent("web", { fields: given });
        expect(toCore(fromCore(object))).toEqual(object);
      }),
    );
  });

  test("loses nothing on the way to core/v1 and back", () => {
    fc.assert(
      fc.property(fields, (given) => {
        const object = fromCore(aCoreEvent("web", { fields: given }));
        expect(fromCore(toCore(object))).toEqual(object);
      }),
    );
  });
});
