import type { KubeObject } from "#apimachinery/meta.ts";
import { fillAbsent, mapField } from "../../defaulting.ts";
import type { HorizontalPodAutoscaler } from "../../generated/autoscaling-v1.ts";
import type { HorizontalPodAutoscaler as V2 } from "../../generated/autoscaling-v2.ts";
import { defineKind } from "../../kind.ts";
import { horizontalPodAutoscaler as stored } from "../v2/horizontalpodautoscaler.ts";
import { fromV2, toV2 } from "./conversion.ts";

export const horizontalPodAutoscaler = defineKind<HorizontalPodAutoscaler>(
  { apiVersion: "autoscaling/v1", kind: "HorizontalPodAutoscaler" },
  {
    columns: (stored.columns ?? []).map((column) => ({
      ...column,
      value: (object, now) => column.value(toV2(object), now),
    })),
    setDefaults: (object) => mapField(object, "spec", (spec) => fillAbsent(spec, { minReplicas: 1 })),
    hasGeneration: false,
    storage: {
      resource: stored.resource,
      toStorage: toV2,
      // What is stored of this resource is of that version.
      fromStorage: (object: KubeObject) => fromV2(object as V2),
    },
  },
);
