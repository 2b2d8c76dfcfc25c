import type { ResourceAmounts } from "#api/core/v1/pod-resources.ts";
import type { QuotaEvaluator } from "#api/core/v1/quota/quota-evaluator.ts";
import type { ScopedResourceSelectorRequirement } from "#api/generated/core-v1.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import type { QualifiedResource } from "#apimachinery/status-error.ts";

/** What nobody may use in a namespace without a quota for it (apiserver `resourcequota/apis/resourcequota`). */
export interface LimitedResource {
  readonly apiGroup?: string;
  readonly resource: string;
  /** Parts of the names of what quotas bound. */
  readonly matchContains?: readonly string[];
  readonly matchScopes?: readonly ScopedResourceSelectorRequirement[];
}

/** The names of what an object uses that a quota must bound. */
export function limitedNames(
  usage: ResourceAmounts,
  { group, resource }: QualifiedResource,
  limited: readonly LimitedResource[],
): readonly string[] {
  const parts = limited
    .filter((each) => (each.apiGroup ?? "") === group && each.resource === resource)
    .flatMap(({ matchContains = [] }) => matchContains);
  return [...usage]
    .filter(([name, { nanos }]) => nanos > 0n && parts.some((part) => name.includes(part)))
    .map(([name]) => name);
}

/** The scopes that an object is in and that a quota must be about. Upstream does not ask of which resource they are. */
export function limitedScopes(
  object: KubeObject,
  evaluator: QuotaEvaluator,
  limited: readonly LimitedResource[],
): readonly ScopedResourceSelectorRequirement[] {
  return limited
    .flatMap(({ matchScopes = [] }) => matchScopes)
    .filter((scope) => evaluator.isInScope(object, scope));
}
