import { amountsOf, type ResourceAmounts } from "#api/core/v1/pod-resources.ts";
import {
  describeAmounts,
  exceeding,
  excessOf,
  only,
  sumOf,
  toResourceList,
  withoutZeros,
} from "#api/core/v1/quota/amounts.ts";
import type { QuotaEvaluator } from "#api/core/v1/quota/quota-evaluator.ts";
import { isInScopes, scopesOf } from "#api/core/v1/quota/quota-evaluators.ts";
import type { ResourceQuota } from "#api/generated/core-v1.ts";
import { goString } from "#apimachinery/go-text.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import { type QualifiedResource, type StatusError, unclassified } from "#apimachinery/status-error.ts";
import { type LimitedResource, limitedNames, limitedScopes } from "./limited-resources.ts";

/** What quotas are asked about: an object that is to be stored, and the one in whose place it comes. */
export interface QuotaRequest {
  readonly object: KubeObject;
  readonly oldObject?: KubeObject;
  readonly resource: QualifiedResource;
  /** Reports tell what has happened already; they count, and are not refused. */
  readonly isReport: boolean;
}

/** What an object takes of one quota. */
export interface Reservation {
  readonly quota: ResourceQuota;
  readonly amounts: ResourceAmounts;
}

/** What holds in a namespace. */
export interface QuotaRules {
  readonly quotas: readonly ResourceQuota[];
  readonly limited: readonly LimitedResource[];
}

/** What a request takes of the quotas of its namespace, or why it may not (apiserver `resourcequota.CheckRequest`). */
export function planReservations(
  request: QuotaRequest,
  { quotas, limited }: QuotaRules,
  evaluator: QuotaEvaluator,
  now: number,
): readonly Reservation[] | string | StatusError {
  const bounding = quotas.filter((quota) => bounds(quota, request.object, evaluator));
  for (const quota of bounding) {
    const problem = problemOf(quota, request.object, evaluator);
    if (problem !== "") return problem;
  }
  const taken = bounding.map((quota) => ({ quota, amounts: takenOf(quota, request, evaluator, now) }));
  if (limited.length > 0 && needsMore(request, taken, evaluator, now)) {
    const uncovered = uncoveredBy(request, { bounding, quotas, limited }, evaluator, now);
    if (uncovered !== undefined) return uncovered;
  }
  const reservations = taken
    .map(({ quota, amounts }) => ({ quota, amounts: only(amounts, Object.keys(quota.status?.hard ?? {})) }))
    .filter(({ amounts }) => amounts.size > 0);
  const exceeded = request.isReport ? [] : reservations.map(excessOver).filter((each) => each !== "");
  return exceeded[0] ?? reservations;
}

/** The quota with a reservation entered. */
export function enter({ quota, amounts }: Reservation): ResourceQuota {
  return withUsed(quota, sumOf(usedOf(quota), amounts));
}

/** The quota without what was reserved and has not been used. */
export function release({ quota, amounts }: Reservation): ResourceQuota {
  const used = usedOf(quota);
  return withUsed(quota, new Map([...used, ...excessOf(only(used, [...amounts.keys()]), amounts)]));
}

function withUsed(quota: ResourceQuota, used: ResourceAmounts): ResourceQuota {
  return { ...quota, status: { ...quota.status, used: toResourceList(used) } };
}

/** Quotas hold once their controller has taken note of them. */
function bounds(quota: ResourceQuota, object: KubeObject, evaluator: QuotaEvaluator): boolean {
  return boundNames(quota, evaluator).length > 0 && isInScopes(quota, object, evaluator);
}

function problemOf(quota: ResourceQuota, object: KubeObject, evaluator: QuotaEvaluator): string {
  const { name } = quota.metadata;
  const names = boundNames(quota, evaluator);
  const omission = evaluator.omission?.(object, names) ?? "";
  if (omission !== "") return `failed quota: ${name}: ${omission}`;
  const used = usedOf(quota);
  if (names.every((each) => used.has(each))) return "";
  return `status unknown for quota: ${name}, resources: ${names.toSorted().join(",")}`;
}

function takenOf(
  quota: ResourceQuota,
  { object, oldObject }: QuotaRequest,
  evaluator: QuotaEvaluator,
  now: number,
): ResourceAmounts {
  const usage = evaluator.usageOf(object, now);
  const isCounted = oldObject !== undefined && bounds(quota, oldObject, evaluator);
  return withoutZeros(isCounted ? excessOf(usage, evaluator.usageOf(oldObject, now)) : usage);
}

/** Whether a request uses anything that it did not before, whatever quotas bound. */
function needsMore(
  { object, oldObject }: QuotaRequest,
  taken: readonly Reservation[],
  evaluator: QuotaEvaluator,
  now: number,
): boolean {
  if (taken.length > 0) return taken.some(({ amounts }) => amounts.size > 0);
  const usage = evaluator.usageOf(object, now);
  const before = oldObject === undefined ? new Map() : evaluator.usageOf(oldObject, now);
  return withoutZeros(excessOf(usage, before)).size > 0;
}

/** What a request may not use without a quota for it, when there is none. */
function uncoveredBy(
  { object, resource }: QuotaRequest,
  { bounding, quotas, limited }: QuotaRules & { readonly bounding: readonly ResourceQuota[] },
  evaluator: QuotaEvaluator,
  now: number,
): string | StatusError | undefined {
  const bound = new Set(bounding.flatMap((quota) => boundNames(quota, evaluator)));
  const names = limitedNames(evaluator.usageOf(object, now), resource, limited).filter(
    (name) => !bound.has(name),
  );
  if (names.length > 0) return `insufficient quota to consume: ${names.toSorted().join(",")}`;
  const covered = new Set(
    quotas.flatMap((quota) =>
      scopesOf(quota)
        .filter((scope) => evaluator.isInScope(object, scope))
        .map(({ scopeName }) => scopeName),
    ),
  );
  const scopes = limitedScopes(object, evaluator, limited).filter(({ scopeName }) => !covered.has(scopeName));
  if (scopes.length === 0) return undefined;
  const shown = scopes.map(
    ({ scopeName, operator, values = [] }) => `{${scopeName} ${operator} ${goString(values)}}`,
  );
  return unclassified(`insufficient quota to match these scopes: [${shown.join(" ")}]`);
}

function excessOver({ quota, amounts }: Reservation): string {
  const [hard, used] = [amountsOf(quota.status?.hard), usedOf(quota)];
  const names = exceeding(only(sumOf(used, amounts), [...amounts.keys()]), hard);
  if (names.length === 0) return "";
  const [requested, before, limited] = [amounts, used, hard].map((each) =>
    describeAmounts(only(each, names)),
  );
  return `exceeded quota: ${quota.metadata.name}, requested: ${String(requested)}, used: ${String(before)}, limited: ${String(limited)}`;
}

function boundNames({ status }: ResourceQuota, evaluator: QuotaEvaluator): readonly string[] {
  return Object.keys(status?.hard ?? {}).filter(evaluator.covers);
}

function usedOf({ status }: ResourceQuota): ResourceAmounts {
  return amountsOf(status?.used);
}
