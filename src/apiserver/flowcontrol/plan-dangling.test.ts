import { expect, test } from "bun:test";
import type { FlowSchema, FlowSchemaCondition } from "#api/generated/flowcontrol-v1.ts";
import { planDangling } from "./plan-dangling.ts";

const NOW = "2026-01-01T00:00:00Z";

function aSchema(level: string, condition?: FlowSchemaCondition): FlowSchema {
  return {
    apiVersion: "flowcontrol.apiserver.k8s.io/v1",
    kind: "FlowSchema",
    metadata: { name: "a", uid: "1" },
    spec: { priorityLevelConfiguration: { name: level }, matchingPrecedence: 1 },
    ...(condition && { status: { conditions: [condition] } }),
  };
}

const found: FlowSchemaCondition = {
  type: "Dangling",
  status: "False",
  lastTransitionTime: NOW,
  reason: "Found",
  message: 'This FlowSchema references the PriorityLevelConfiguration object named "here" and it exists',
};
const missing: FlowSchemaCondition = {
  type: "Dangling",
  status: "True",
  lastTransitionTime: NOW,
  reason: "NotFound",
  message:
    'This FlowSchema references the PriorityLevelConfiguration object named "gone" but there is no such object',
};

test.each([
  { name: "says that a level is there", schema: aSchema("here"), want: [found] },
  { name: "says that a level is missing", schema: aSchema("gone"), want: [missing] },
  { name: "says nothing twice", schema: aSchema("here", { ...found, lastTransitionTime: null }), want: [] },
  { name: "corrects what has become wrong", schema: aSchema("here", missing), want: [found] },
  { name: "puts its own words back", schema: aSchema("here", { ...found, message: "" }), want: [found] },
])("planDangling $name", ({ schema, want }) => {
  const updates = planDangling([schema], new Set(["here"]), NOW);
  expect(updates.map(({ condition }) => condition)).toEqual([...want]);
});
