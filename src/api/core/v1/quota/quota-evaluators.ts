import type { KubeObject } from "#apimachinery/meta.ts";
import type { QualifiedResource } from "#apimachinery/status-error.ts";
import type { ResourceQuota, ScopedResourceSelectorRequirement } from "../../../generated/core-v1.ts";
import { amountsOf, type ResourceAmounts } from "../pod-resources.ts";
import { ONE, only, sumOf } from "./amounts.ts";
import { claimEvaluator } from "./claim-usage.ts";
import { deviceEvaluator } from "./device-usage.ts";
import { podEvaluator } from "./pod-usage.ts";
import type { QuotaEvaluator } from "./quota-evaluator.ts";
import { serviceEvaluator } from "./service-usage.ts";

/** Names from before everything could be counted as `count/<resource>`. */
const ALIASES: readonly string[] = ["configmaps", "resourcequotas", "replicationcontrollers", "secrets"];

/** What is not stored, or not for long. */
const IGNORED: readonly string[] = [
  "bindings",
  "events",
  "events.events.k8s.io",
  "localsubjectaccessreviews.authorization.k8s.io",
];

const SPECIAL: Readonly<Record<string, QuotaEvaluator>> = {
  pods: podEvaluator,
  services: serviceEvaluator,
  persistentvolumeclaims: claimEvaluator,
  "resourceclaims.resource.k8s.io": deviceEvaluator,
};

/** How quotas look at a resource; undefined for those that they do not bound. */
export function quotaEvaluatorOf({ group, resource }: QualifiedResource): QuotaEvaluator | undefined {
  const name = group === "" ? resource : `${resource}.${group}`;
  return IGNORED.includes(name) ? undefined : (SPECIAL[name] ?? counting(name));
}

/** Counts objects of which nothing else is bounded. */
function counting(resource: string): QuotaEvaluator {
  const names = [`count/${resource}`, ...(ALIASES.includes(resource) ? [resource] : [])];
  return {
    covers: (name) => names.includes(name),
    usageOf: () => new Map(names.map((name) => [name, ONE])),
    isInScope: () => false,
  };
}

/** The conditions of a quota's scopes, in the form of a selector. */
export function scopesOf({ spec }: ResourceQuota): readonly ScopedResourceSelectorRequirement[] {
  const scopes = (spec.scopes ?? []).map((scopeName) => ({ scopeName, operator: "Exists" as const }));
  return [...scopes, ...(spec.scopeSelector?.matchExpressions ?? [])];
}

export function isInScopes(quota: ResourceQuota, object: KubeObject, evaluator: QuotaEvaluator): boolean {
  return scopesOf(quota).every((scope) => evaluator.isInScope(object, scope));
}

/** What of a quota's bounds the objects of one resource use. */
export function usageWithin(
  quota: ResourceQuota,
  objects: readonly KubeObject[],
  evaluator: QuotaEvaluator,
  now: number,
): ResourceAmounts {
  const names = Object.keys(quota.spec.hard ?? {}).filter(evaluator.covers);
  if (names.length === 0) return new Map();
  const counted = objects.filter((object) => isInScopes(quota, object, evaluator));
  const zeros = amountsOf(Object.fromEntries(names.map((name) => [name, "0"])));
  return only(sumOf(zeros, ...counted.map((object) => evaluator.usageOf(object, now))), names);
}
