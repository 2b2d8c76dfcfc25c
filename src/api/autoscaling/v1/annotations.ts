/** What autoscaling/v1 has no fields for, as JSON in annotations (upstream pkg/apis/autoscaling/v1/conversion.go). */
import { type Decoder, DecoderCompiler, newState } from "#apimachinery/codec/decoder.ts";
import { TypeMismatch } from "#apimachinery/codec/scalars.ts";
import { goJson } from "#apimachinery/go-text.ts";
import type { Schema } from "#apimachinery/schema.ts";
import type {
  HorizontalPodAutoscaler,
  HorizontalPodAutoscalerBehavior,
  HorizontalPodAutoscalerCondition,
  HPAScalingRules,
  MetricSpec,
  MetricStatus,
} from "../../generated/autoscaling-v2.ts";
import { ROUND_TRIP_ANNOTATIONS } from "../v2/horizontalpodautoscaler.ts";
import { withFieldCase } from "./field-case.ts";
import {
  metricSpecToV1,
  metricSpecToV2,
  metricStatusToV1,
  metricStatusToV2,
  type V1Metric,
} from "./metric-conversion.ts";
import { BEHAVIOR, CONDITIONS, METRIC_SPECS, METRIC_STATUSES } from "./metric-fields.ts";

type Annotations = Readonly<Record<string, string>>;

const compiler = new DecoderCompiler();
const specs = formOf(METRIC_SPECS);
const statuses = formOf(METRIC_STATUSES);
const conditionList = formOf(CONDITIONS);
const behaviors = formOf(BEHAVIOR);

/** The annotations for what v1 cannot say otherwise; `metrics` are those that have no field. */
export function roundTripAnnotations(
  metrics: readonly MetricSpec[],
  { spec, status }: HorizontalPodAutoscaler,
): Annotations {
  const { currentMetrics = [], conditions = [] } = status ?? {};
  const values = {
    metrics: metrics.length > 0 && specs.decode(metrics.map(metricSpecToV1), newState()),
    // They say more than the one number that v1 has a field for.
    currentMetrics:
      currentMetrics.length > 0 && statuses.decode(currentMetrics.map(metricStatusToV1), newState()),
    behavior: spec.behavior !== undefined && behaviorToGo(spec.behavior),
    conditions: conditions.length > 0 && conditionList.decode(conditions, newState()),
  };
  const entries = Object.entries(values).filter(([, value]) => value !== false);
  return Object.fromEntries(
    entries.map(([name, value]) => [ROUND_TRIP_ANNOTATIONS[name as keyof typeof values], goJson(value)]),
  );
}

/** Undefined without the annotation, and for one that cannot be read. The same holds for the other readers. */
export function readMetrics(annotations: Annotations | undefined): readonly MetricSpec[] | undefined {
  const metrics = read<readonly V1Metric[]>(annotations?.[ROUND_TRIP_ANNOTATIONS.metrics], specs);
  return metrics?.map(metricSpecToV2);
}

export function readCurrentMetrics(
  annotations: Annotations | undefined,
): readonly MetricStatus[] | undefined {
  const text = annotations?.[ROUND_TRIP_ANNOTATIONS.currentMetrics];
  return read<readonly V1Metric[]>(text, statuses)?.map(metricStatusToV2);
}

export function readConditions(
  annotations: Annotations | undefined,
): readonly HorizontalPodAutoscalerCondition[] | undefined {
  return read(annotations?.[ROUND_TRIP_ANNOTATIONS.conditions], conditionList);
}

export function readBehavior(
  annotations: Annotations | undefined,
): HorizontalPodAutoscalerBehavior | undefined {
  const behavior = read<GoBehavior>(annotations?.[ROUND_TRIP_ANNOTATIONS.behavior], behaviors);
  if (behavior?.ScaleUp === undefined && behavior?.ScaleDown === undefined) return undefined;
  return {
    ...(behavior.ScaleUp && { scaleUp: rulesFromGo(behavior.ScaleUp) }),
    ...(behavior.ScaleDown && { scaleDown: rulesFromGo(behavior.ScaleDown) }),
  };
}

/** What an annotation holds, and how it is read. */
interface Form {
  readonly schema: Schema;
  readonly decode: Decoder;
}

function formOf(schema: Schema): Form {
  return { schema, decode: compiler.compile(schema) };
}

/** `T` is what the schema describes. */
function read<T>(text: string | undefined, { schema, decode }: Form): T | undefined {
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return value === null ? undefined : (decode(withFieldCase(value, schema), newState()) as T);
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeMismatch) return undefined;
    throw error;
  }
}

interface GoBehavior {
  readonly ScaleUp?: GoRules;
  readonly ScaleDown?: GoRules;
}

interface GoRules {
  readonly StabilizationWindowSeconds?: number;
  readonly SelectPolicy?: string;
  readonly Policies?: readonly {
    readonly Type: string;
    readonly Value: number;
    readonly PeriodSeconds: number;
  }[];
  readonly Tolerance?: string;
}

/** Go writes null for what is not there. */
function behaviorToGo({ scaleUp, scaleDown }: HorizontalPodAutoscalerBehavior) {
  return {
    ScaleUp: scaleUp === undefined ? null : rulesToGo(scaleUp),
    ScaleDown: scaleDown === undefined ? null : rulesToGo(scaleDown),
  };
}

function rulesToGo({ stabilizationWindowSeconds, selectPolicy, policies, tolerance }: HPAScalingRules) {
  return {
    StabilizationWindowSeconds: stabilizationWindowSeconds ?? null,
    SelectPolicy: selectPolicy ?? null,
    Policies:
      policies?.map(({ type, value, periodSeconds }) => ({
        Type: type,
        Value: value,
        PeriodSeconds: periodSeconds,
      })) ?? null,
    Tolerance: tolerance ?? null,
  };
}

function rulesFromGo(rules: GoRules): HPAScalingRules {
  const { StabilizationWindowSeconds: window, SelectPolicy, Policies, Tolerance } = rules;
  return {
    ...(window !== undefined && { stabilizationWindowSeconds: window }),
    ...(SelectPolicy !== undefined && { selectPolicy: SelectPolicy }),
    ...(Policies && {
      policies: Policies.map(({ Type, Value, PeriodSeconds }) => ({
        type: Type,
        value: Value,
        periodSeconds: PeriodSeconds,
      })),
    }),
    ...(Tolerance !== undefined && { tolerance: Tolerance }),
  };
}
