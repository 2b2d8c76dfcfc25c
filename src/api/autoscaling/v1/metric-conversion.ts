/** Metrics of autoscaling/v2 in the form of autoscaling/v1, and back. */
import { getPath, setPath } from "#apimachinery/dotted-path.ts";
import type { JsonObject } from "#apimachinery/json-value.ts";
import { isZeroQuantity, parseQuantity } from "#apimachinery/quantity.ts";
import { omit } from "#base/omit.ts";
import type { MetricSpec, MetricStatus, MetricTarget } from "../../generated/autoscaling-v2.ts";
import {
  type MetricField,
  SOURCE_FIELDS,
  type SourceField,
  SPEC_FIELDS,
  STATUS_FIELDS,
} from "./metric-fields.ts";

/** A metric that was decoded with the schema of v1, where every source is an object. */
export type V1Metric = { readonly type: string } & Readonly<Partial<Record<SourceField, JsonObject>>>;

export function metricSpecToV1(metric: MetricSpec): JsonObject {
  return toV1(metric, SPEC_FIELDS);
}

export function metricStatusToV1(metric: MetricStatus): JsonObject {
  return toV1(metric, STATUS_FIELDS);
}

export function metricSpecToV2(metric: V1Metric): MetricSpec {
  return toV2(metric, (name, source) => {
    const converted = sourceToV2(source, SPEC_FIELDS[name]);
    return { ...converted, target: targetOf(name, converted["target"] ?? {}) };
  });
}

export function metricStatusToV2(metric: V1Metric): MetricStatus {
  return toV2(metric, (name, source) => ({ current: {}, ...sourceToV2(source, STATUS_FIELDS[name]) }));
}

type FieldTables = Readonly<Record<SourceField, readonly MetricField[]>>;

/** Fields that v2 leaves out and v1 always has are filled in by v1's schema. */
function toV1(metric: MetricSpec | MetricStatus, tables: FieldTables): JsonObject {
  const converted: Record<string, unknown> = { type: metric.type };
  for (const name of SOURCE_FIELDS) {
    const source: unknown = metric[name];
    if (source === undefined) continue;
    const values = tables[name].map(({ field, path }) => [field.name, getPath(source, path)]);
    converted[name] = Object.fromEntries(values);
  }
  return converted;
}

function toV2<T extends MetricSpec | MetricStatus>(
  metric: V1Metric,
  convert: (name: SourceField, source: JsonObject) => JsonObject,
): T {
  const converted: Record<string, unknown> = { type: metric.type };
  for (const name of SOURCE_FIELDS) {
    const source = metric[name];
    if (source !== undefined) converted[name] = convert(name, source);
  }
  // The tables have every field of v2 that is required, and v1's schema has checked the types.
  return converted as unknown as T;
}

function sourceToV2(source: JsonObject, table: readonly MetricField[]): JsonObject {
  let converted: JsonObject = {};
  for (const { field, path } of table) {
    const value = source[field.name];
    if (value !== undefined) converted = setPath(converted, path, value);
  }
  return converted;
}

/** v1 has no type of a target: it follows from what is given. */
function targetOf(name: SourceField, target: Omit<MetricTarget, "type">): MetricTarget {
  switch (name) {
    case "object":
      return objectTargetOf(target);
    case "pods":
      return { type: "AverageValue", ...target };
    case "external":
      return { type: target.value === undefined ? "AverageValue" : "Value", ...target };
    case "resource":
    case "containerResource":
      return { type: target.averageUtilization === undefined ? "AverageValue" : "Utilization", ...target };
  }
}

/** v1 cannot leave the value out, so zero stands for that beside an average. */
function objectTargetOf(target: Omit<MetricTarget, "type">): MetricTarget {
  if (target.averageValue === undefined) return { type: "Value", ...target };
  const isZero = target.value !== undefined && isZeroQuantity(parseQuantity(target.value));
  return { type: "AverageValue", ...(isZero ? omit(target, "value") : target) };
}
