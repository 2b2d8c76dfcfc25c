import { amountsOf, podLimits, podRequests, type ResourceAmounts } from "#api/core/v1/pod-resources.ts";
import type { LimitRange, LimitRangeItem, PersistentVolumeClaim, Pod } from "#api/generated/core-v1.ts";
import {
  compareQuantities,
  formatQuantity,
  isZeroQuantity,
  type ParsedQuantity,
  quantityNumber,
} from "#apimachinery/quantity.ts";
import { omit } from "#base/omit.ts";

/** What somebody asks for and may use. */
interface Resources {
  readonly requests: ResourceAmounts;
  readonly limits: ResourceAmounts;
}

/** One bound of a LimitRange, and what is there of its resource. */
interface Bound {
  readonly type: string;
  readonly name: string;
  readonly bound: ParsedQuantity;
  readonly request: ParsedQuantity | undefined;
  readonly limit: ParsedQuantity | undefined;
}

type Problem = string | undefined;

export function podProblems({ spec }: Pod, limitRange: LimitRange): readonly string[] {
  const containers = [...spec.containers, ...(spec.initContainers ?? [])].map(({ resources }) => ({
    requests: amountsOf(resources?.requests),
    limits: amountsOf(resources?.limits),
  }));
  // The overhead is not the author's.
  const whole = { spec: omit(spec, "overhead") };
  const pod = { requests: podRequests(whole), limits: podLimits(whole) };
  return itemsOf(limitRange).flatMap((item) => {
    if (item.type === "Container") return containers.flatMap((each) => problemsOf(each, item));
    return item.type === "Pod" ? problemsOf(pod, item) : [];
  });
}

/** Claims have requests alone. */
export function claimProblems({ spec }: PersistentVolumeClaim, limitRange: LimitRange): readonly string[] {
  const requests = amountsOf(spec.resources?.requests);
  const items = itemsOf(limitRange).filter(({ type }) => type === "PersistentVolumeClaim");
  return items.flatMap((item) => [
    ...check(item, "min", { requests, limits: new Map() }, minProblem),
    ...check(item, "max", { requests, limits: new Map() }, maxRequestProblem),
  ]);
}

function itemsOf({ spec }: LimitRange): readonly LimitRangeItem[] {
  return spec?.limits ?? [];
}

function problemsOf(resources: Resources, item: LimitRangeItem): readonly string[] {
  return [
    ...check(item, "min", resources, minProblem),
    ...check(item, "max", resources, maxProblem),
    ...check(item, "maxLimitRequestRatio", resources, ratioProblem),
  ];
}

function check(
  item: LimitRangeItem,
  field: "min" | "max" | "maxLimitRequestRatio",
  { requests, limits }: Resources,
  problemWith: (bound: Bound) => Problem,
): readonly string[] {
  return [...amountsOf(item[field])].flatMap(([name, bound]) => {
    const { type } = item;
    return problemWith({ type, name, bound, request: requests.get(name), limit: limits.get(name) }) ?? [];
  });
}

function minProblem({ type, name, bound, request, limit }: Bound): Problem {
  const rule = `minimum ${name} usage per ${type} is ${formatQuantity(bound)}`;
  if (request === undefined) return `${rule}.  No request is specified`;
  if (compareQuantities(request, bound) < 0) return `${rule}, but request is ${formatQuantity(request)}`;
  return limit !== undefined && compareQuantities(limit, bound) < 0
    ? `${rule}, but limit is ${formatQuantity(limit)}`
    : undefined;
}

function maxProblem({ type, name, bound, request, limit }: Bound): Problem {
  const rule = `maximum ${name} usage per ${type} is ${formatQuantity(bound)}`;
  if (limit === undefined) return `${rule}.  No limit is specified`;
  if (compareQuantities(limit, bound) > 0) return `${rule}, but limit is ${formatQuantity(limit)}`;
  return request !== undefined && compareQuantities(request, bound) > 0
    ? `${rule}, but request is ${formatQuantity(request)}`
    : undefined;
}

function maxRequestProblem({ type, name, bound, request }: Bound): Problem {
  const rule = `maximum ${name} usage per ${type} is ${formatQuantity(bound)}`;
  if (request === undefined) return `${rule}.  No request is specified`;
  return compareQuantities(request, bound) > 0
    ? `${rule}, but request is ${formatQuantity(request)}`
    : undefined;
}

function ratioProblem({ type, name, bound, request, limit }: Bound): Problem {
  const rule = `${name} max limit to request ratio per ${type} is ${formatQuantity(bound)}`;
  if (request === undefined || isZeroQuantity(request)) {
    return `${rule}, but no request is specified or request is 0`;
  }
  if (limit === undefined || isZeroQuantity(limit)) return `${rule}, but no limit is specified or limit is 0`;
  const ratio = quantityNumber(limit) / quantityNumber(request);
  return ratio > quantityNumber(bound) ? `${rule}, but provided ratio is ${ratio.toFixed(6)}` : undefined;
}
