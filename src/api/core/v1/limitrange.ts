import { createdAtColumns } from "../../columns.ts";
import { fillEntries, mapField, mapList } from "../../defaulting.ts";
import type { LimitRange, LimitRangeItem } from "../../generated/core-v1.ts";
import { defineKind } from "../../kind.ts";
import type { ResourceList } from "../../validation/resources.ts";
import { validateLimitRange } from "./limitrange.validation.ts";
import { roundResourceList } from "./resource-list-defaults.ts";

const LISTS = ["max", "min", "default", "defaultRequest", "maxLimitRequestRatio"] as const;

export const limitRange = defineKind<LimitRange>(
  { apiVersion: "v1", kind: "LimitRange" },
  {
    columns: createdAtColumns,
    setDefaults: (object) =>
      mapField(object, "spec", (spec) =>
        mapField(spec, "limits", (limits) => mapList(limits, setItemDefaults)),
      ),
    validate: validateLimitRange,
    hasGeneration: false,
    allowCreateOnUpdate: true,
  },
);

/** A container gets the most that is allowed, and asks for what it gets or else for the least that is allowed. */
function setItemDefaults(item: LimitRangeItem): LimitRangeItem {
  const filled = item.type === "Container" ? fillContainerDefaults(item) : item;
  return LISTS.reduce(
    (next, list) => mapField<LimitRangeItem, typeof list>(next, list, roundResourceList),
    filled,
  );
}

function fillContainerDefaults(item: LimitRangeItem): LimitRangeItem {
  const limits = fillEntries(item.default, item.max);
  const requests = fillEntries(fillEntries(item.defaultRequest, limits), item.min);
  return withList(withList(item, "default", limits), "defaultRequest", requests);
}

function withList(
  item: LimitRangeItem,
  field: "default" | "defaultRequest",
  list: ResourceList | undefined,
): LimitRangeItem {
  return list === undefined || list === item[field] ? item : { ...item, [field]: list };
}
