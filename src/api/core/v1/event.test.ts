import { describe, expect, test } from "bun:test";
import { errorTexts, rowOf } from "#testing/kinds.ts";
import { anEvent } from "#testing/objects.ts";
import type { Event } from "../../generated/core-v1.ts";
import { event } from "./event.ts";

const NOW = Date.parse("2026-01-31T10:00:00Z");
const TIME = "2026-01-31T09:59:00.000000Z";
const MISMATCH = "does not match event.namespace";

const reported: Partial<Event> = {
  eventTime: TIME,
  reportingComponent: "example.com/controller",
  reportingInstance: "one",
  action: "Starting",
};

describe("event.validate", () => {
  test.each<{ name: string; object: Event; want: string[] }>([
    { name: "an old event", object: anEvent("web"), want: [] },
    { name: "a new event", object: anEvent("web", { fields: reported }), want: [] },
    {
      name: "an event of a node",
      object: anEvent("node-1", { fields: { involvedObject: { kind: "Node", name: "node-1" } } }),
      want: [],
    },
    {
      name: "an old event elsewhere",
      object: anEvent("web", { namespace: "other", fields: { involvedObject: { namespace: "default" } } }),
      want: [`involvedObject.namespace: Invalid value: "default": ${MISMATCH}`],
    },
    {
      name: "an old event of a node in the wrong namespace",
      object: anEvent("node-1", { namespace: "kube-system", fields: { involvedObject: { kind: "Node" } } }),
      want: [`involvedObject.namespace: Invalid value: "": ${MISMATCH}`],
    },
    {
      name: "a new event of a node in the wrong namespace",
      object: anEvent("node-1", {
        namespace: "other",
        fields: { ...reported, involvedObject: { kind: "Node" } },
      }),
      want: [`involvedObject.namespace: Invalid value: "": ${MISMATCH}`],
    },
    {
      name: "a new event without its new fields",
      object: anEvent("web", { fields: { eventTime: TIME, reason: "", message: "x".repeat(1025) } }),
      want: [
        "reportingController: Required value",
        'reportingController: Invalid value: "": name part must be non-empty',
        'reportingController: Invalid value: "": name part must consist of alphanumeric characters',
        "reportingInstance: Required value",
        "action: Required value",
        "reason: Required value",
        'message: Invalid value: "": can have at most 1024 characters',
      ],
    },
    {
      name: "a new event with long fields",
      object: anEvent("web", { fields: { ...reported, action: "x".repeat(129) } }),
      want: ['action: Invalid value: "": can have at most 128 characters'],
    },
  ])("judges $name", ({ object, want }) => {
    const errors = errorTexts(event.validate?.(object));
    expect(errors).toHaveLength(want.length);
    for (const [index, text] of want.entries()) expect(errors[index]).toStartWith(text);
  });

  test("any name will do that fits into a path", () => {
    expect(event.validateName?.("Web.17c0_a", false)).toEqual([]);
    expect(event.validateName?.("a/b", false)).toEqual(["may not contain '/'"]);
  });
});

describe("the table of events", () => {
  test.each<{ name: string; fields: Partial<Event>; want: object }>([
    {
      name: "an old event",
      fields: {
        firstTimestamp: "2026-01-31T09:50:00Z",
        lastTimestamp: "2026-01-31T09:59:30Z",
        count: 3,
        message: " Back-off\n",
        involvedObject: { kind: "Pod", name: "web", fieldPath: "spec.containers{app}" },
      },
      want: {
        "Last Seen": "30s",
        "First Seen": "10m",
        Count: 3,
        Message: "Back-off",
        Subobject: "spec.containers{app}",
        Source: "kubelet, node-1",
      },
    },
    {
      name: "a new event",
      fields: { ...reported, source: {} },
      want: { "Last Seen": "60s", "First Seen": "60s", Count: 1, Source: "example.com/controller, one" },
    },
    {
      name: "a series",
      fields: { ...reported, series: { count: 9, lastObservedTime: "2026-01-31T09:59:59.000000Z" } },
      want: { "Last Seen": "1s", "First Seen": "60s", Count: 9 },
    },
    {
      name: "an event of nothing",
      fields: { involvedObject: { kind: "Pod" }, source: {} },
      want: { Object: "pod", Source: "", "Last Seen": "<unknown>" },
    },
  ])("shows $name", ({ fields, want }) => {
    expect(rowOf(event, anEvent("web", { fields }), NOW)).toMatchObject({
      Type: "Normal",
      Reason: "Started",
      Name: "web",
      ...want,
    });
  });
});

test("events can be selected by their object, reason, reporter and type", () => {
  const object = anEvent("web", { fields: { reportingComponent: "kubelet", source: {} } });
  const values = Object.entries(event.selectableFields ?? {}).map(([field, valueOf]) => [
    field,
    valueOf(object),
  ]);
  expect(Object.fromEntries(values)).toEqual({
    "involvedObject.kind": "Pod",
    "involvedObject.namespace": "default",
    "involvedObject.name": "web",
    "involvedObject.uid": "",
    "involvedObject.apiVersion": "",
    "involvedObject.resourceVersion": "",
    "involvedObject.fieldPath": "",
    reason: "Started",
    reportingComponent: "kubelet",
    source: "kubelet",
    type: "Normal",
  });
});
