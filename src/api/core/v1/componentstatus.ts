import { nameColumn, textColumn } from "../../columns.ts";
import type { ComponentCondition, ComponentStatus } from "../../generated/core-v1.ts";
import { defineKind } from "../../kind.ts";

export const componentStatus = defineKind<ComponentStatus>(
  { apiVersion: "v1", kind: "ComponentStatus" },
  {
    columns: [
      nameColumn,
      textColumn("Status", (object) => describeHealth(healthOf(object))),
      textColumn("Message", (object) => healthOf(object)?.message ?? ""),
      textColumn("Error", (object) => healthOf(object)?.error ?? ""),
    ],
    hasGeneration: false,
  },
);

function healthOf({ conditions }: ComponentStatus): ComponentCondition | undefined {
  return conditions?.find(({ type }) => type === "Healthy");
}

function describeHealth(condition: ComponentCondition | undefined): string {
  if (condition === undefined) return "Unknown";
  return condition.status === "True" ? "Healthy" : "Unhealthy";
}
