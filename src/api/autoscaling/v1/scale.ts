import type { KubeObject } from "#apimachinery/meta.ts";
import { ageColumn, nameColumn } from "../../columns.ts";
import type { Scale } from "../../generated/autoscaling-v1.ts";
import type { Column } from "../../kind.ts";

/** The table of a scale, whatever it is a scale of (upstream `printScale`). */
export const scaleColumns: readonly Column<KubeObject>[] = [
  nameColumn,
  {
    name: "Desired",
    type: "integer",
    description: "Number of desired replicas",
    value: (object) => (object as Scale).spec.replicas ?? 0,
  },
  {
    name: "Available",
    type: "integer",
    description: "Number of actual replicas",
    value: (object) => (object as Scale).status?.replicas ?? 0,
  },
  ageColumn,
];
