import type {
  MetricSpec,
  MetricStatus,
  MetricTarget,
  MetricValueStatus,
} from "../../generated/autoscaling-v2.ts";

const UNKNOWN = "<unknown>";
/** How many metrics are shown. */
const SHOWN = 2;

/** Metrics as tables show them, each as its current value over its target: `cpu: 40%/80%, 3/10 (avg) + 1 more...`. */
export function formatMetrics(
  specs: readonly MetricSpec[] | undefined,
  statuses: readonly MetricStatus[] | undefined,
): string {
  if (specs === undefined || specs.length === 0) return "<none>";
  const texts = specs.slice(0, SHOWN).map((spec, index) => formatMetric(spec, statuses?.[index]));
  const text = texts.join(", ");
  return specs.length > SHOWN ? `${text} + ${String(specs.length - SHOWN)} more...` : text;
}

type Formatter = (spec: MetricSpec, status: MetricStatus | undefined) => string;

const FORMATTERS: ReadonlyMap<string, Formatter> = new Map<string, Formatter>([
  ["External", ({ external }, status) => formatValue(external?.target, status?.external?.current)],
  ["Object", ({ object }, status) => formatValue(object?.target, status?.object?.current)],
  ["Pods", ({ pods }, status) => formatAverage(pods?.target, status?.pods?.current)],
  ["Resource", ({ resource }, status) => formatResource(resource, status?.resource?.current)],
  [
    "ContainerResource",
    ({ containerResource }, status) => formatResource(containerResource, status?.containerResource?.current),
  ],
]);

function formatMetric(spec: MetricSpec, status: MetricStatus | undefined): string {
  return FORMATTERS.get(spec.type)?.(spec, status) ?? "<unknown type>";
}

function formatValue(target: MetricTarget | undefined, current: MetricValueStatus | undefined): string {
  if (target?.averageValue !== undefined) {
    return `${current?.averageValue ?? UNKNOWN}/${target.averageValue} (avg)`;
  }
  return `${current === undefined ? UNKNOWN : textOf(current.value)}/${textOf(target?.value)}`;
}

function formatAverage(target: MetricTarget | undefined, current: MetricValueStatus | undefined): string {
  return `${current === undefined ? UNKNOWN : textOf(current.averageValue)}/${textOf(target?.averageValue)}`;
}

function formatResource(
  source: { readonly name: string; readonly target: MetricTarget } | undefined,
  current: MetricValueStatus | undefined,
): string {
  const prefix = `${source?.name ?? ""}: `;
  if (source?.target.averageValue !== undefined) return prefix + formatAverage(source.target, current);
  const [now, wanted] = [current?.averageUtilization, source?.target.averageUtilization];
  return `${prefix}${percentOr(now, UNKNOWN)}/${percentOr(wanted, "<auto>")}`;
}

function percentOr(percent: number | undefined, otherwise: string): string {
  return percent === undefined ? otherwise : `${String(percent)}%`;
}

function textOf(quantity: string | undefined): string {
  return quantity ?? "<nil>";
}
