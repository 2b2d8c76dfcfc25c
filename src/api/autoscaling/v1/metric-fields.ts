/**
 * The fields of metrics that autoscaling/v1 keeps in annotations, and where autoscaling/v2 has them (upstream
 * staging/src/k8s.io/api/autoscaling/v1/types.go and pkg/apis/autoscaling/v1/conversion.go).
 */
import type { Field, ListSchema, ObjectSchema, Schema } from "#apimachinery/schema.ts";

/** One field of a source of metrics in v1, and the path of the same in v2. */
export interface MetricField {
  readonly field: Field;
  readonly path: string;
}

export type SourceField = "object" | "pods" | "resource" | "containerResource" | "external";

/** In the order in which v1 writes them. */
export const SOURCE_FIELDS: readonly SourceField[] = [
  "object",
  "pods",
  "resource",
  "containerResource",
  "external",
];

const TEXT: Schema = { type: "string" };
const NUMBER: Schema = { type: "int32" };
const QUANTITY: Schema = { type: "quantity" };

const SELECTOR = structure(
  optional("matchLabels", { type: "map", values: TEXT, atomic: false }),
  optional(
    "matchExpressions",
    listOf(structure(always("key", TEXT), always("operator", TEXT), optional("values", listOf(TEXT)))),
  ),
);

const REFERENCE = structure(always("kind", TEXT), always("name", TEXT), optional("apiVersion", TEXT));

export const SPEC_FIELDS: Readonly<Record<SourceField, readonly MetricField[]>> = {
  object: [
    at("describedObject", always("target", REFERENCE)),
    at("metric.name", always("metricName", TEXT)),
    at("target.value", always("targetValue", QUANTITY)),
    at("metric.selector", whenSet("selector", SELECTOR)),
    at("target.averageValue", whenSet("averageValue", QUANTITY)),
  ],
  pods: [
    at("metric.name", always("metricName", TEXT)),
    at("target.averageValue", always("targetAverageValue", QUANTITY)),
    at("metric.selector", whenSet("selector", SELECTOR)),
  ],
  resource: [
    at("name", always("name", TEXT)),
    at("target.averageUtilization", whenSet("targetAverageUtilization", NUMBER)),
    at("target.averageValue", whenSet("targetAverageValue", QUANTITY)),
  ],
  containerResource: [
    at("name", always("name", TEXT)),
    at("target.averageUtilization", whenSet("targetAverageUtilization", NUMBER)),
    at("target.averageValue", whenSet("targetAverageValue", QUANTITY)),
    at("container", always("container", TEXT)),
  ],
  external: [
    at("metric.name", always("metricName", TEXT)),
    at("metric.selector", whenSet("metricSelector", SELECTOR)),
    at("target.value", whenSet("targetValue", QUANTITY)),
    at("target.averageValue", whenSet("targetAverageValue", QUANTITY)),
  ],
};

export const STATUS_FIELDS: Readonly<Record<SourceField, readonly MetricField[]>> = {
  object: [
    at("describedObject", always("target", REFERENCE)),
    at("metric.name", always("metricName", TEXT)),
    at("current.value", always("currentValue", QUANTITY)),
    at("metric.selector", whenSet("selector", SELECTOR)),
    at("current.averageValue", whenSet("averageValue", QUANTITY)),
  ],
  pods: [
    at("metric.name", always("metricName", TEXT)),
    at("current.averageValue", always("currentAverageValue", QUANTITY)),
    at("metric.selector", whenSet("selector", SELECTOR)),
  ],
  resource: [
    at("name", always("name", TEXT)),
    at("current.averageUtilization", whenSet("currentAverageUtilization", NUMBER)),
    at("current.averageValue", always("currentAverageValue", QUANTITY)),
  ],
  containerResource: [
    at("name", always("name", TEXT)),
    at("current.averageUtilization", whenSet("currentAverageUtilization", NUMBER)),
    at("current.averageValue", always("currentAverageValue", QUANTITY)),
    at("container", always("container", TEXT)),
  ],
  external: [
    at("metric.name", always("metricName", TEXT)),
    at("metric.selector", whenSet("metricSelector", SELECTOR)),
    at("current.value", always("currentValue", QUANTITY)),
    at("current.averageValue", whenSet("currentAverageValue", QUANTITY)),
  ],
};

export const METRIC_SPECS: ListSchema = listOf(metricOf(SPEC_FIELDS));
export const METRIC_STATUSES: ListSchema = listOf(metricOf(STATUS_FIELDS));

export const CONDITIONS: ListSchema = listOf(
  structure(
    always("type", TEXT),
    always("status", TEXT),
    optional("lastTransitionTime", { type: "time" }),
    optional("reason", TEXT),
    optional("message", TEXT),
  ),
);

const SCALING_RULES = structure(
  whenSet("StabilizationWindowSeconds", NUMBER),
  whenSet("SelectPolicy", TEXT),
  whenSet(
    "Policies",
    listOf(structure(always("Type", TEXT), always("Value", NUMBER), always("PeriodSeconds", NUMBER))),
  ),
  whenSet("Tolerance", QUANTITY),
);

/** Its names are those of the fields in Go: upstream writes an internal structure here. */
export const BEHAVIOR: ObjectSchema = structure(
  whenSet("ScaleUp", SCALING_RULES),
  whenSet("ScaleDown", SCALING_RULES),
);

function metricOf(fields: Readonly<Record<SourceField, readonly MetricField[]>>): ObjectSchema {
  const sources = SOURCE_FIELDS.map((name) =>
    whenSet(name, structure(...fields[name].map(({ field }) => field))),
  );
  return structure(always("type", TEXT), ...sources);
}

function at(path: string, field: Field): MetricField {
  return { field, path };
}

function structure(...fields: readonly Field[]): ObjectSchema {
  const byName = new Map(fields.map((field) => [field.name, field]));
  return { type: "object", name: "", fields: byName, unknownFields: "drop", atomic: false };
}

function listOf(items: Schema): ListSchema {
  return { type: "list", items, listType: "atomic", keys: [] };
}

function always(name: string, schema: Schema): Field {
  return { name, schema, presence: "always", patchStrategy: [] };
}

function optional(name: string, schema: Schema): Field {
  return { name, schema, presence: "nonEmpty", patchStrategy: [] };
}

function whenSet(name: string, schema: Schema): Field {
  return { name, schema, presence: "whenSet", patchStrategy: [] };
}
