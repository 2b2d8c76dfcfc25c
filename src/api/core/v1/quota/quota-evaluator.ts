import type { KubeObject } from "#apimachinery/meta.ts";
import type { ScopedResourceSelectorRequirement } from "../../../generated/core-v1.ts";
import type { ResourceAmounts } from "../pod-resources.ts";

/** What the objects of one resource mean to quotas (upstream `pkg/quota/v1/evaluator`). */
export interface QuotaEvaluator {
  /** Whether objects of the resource count against what a quota bounds under this name. */
  readonly covers: (name: string) => boolean;
  /** What an object uses; `now` is in milliseconds. */
  readonly usageOf: (object: KubeObject, now: number) => ResourceAmounts;
  readonly isInScope: (object: KubeObject, scope: ScopedResourceSelectorRequirement) => boolean;
  /** What an object must say when quotas bound these names, such as `must specify cpu for: web`; empty for nothing. */
  readonly omission?: (object: KubeObject, names: readonly string[]) => string;
}
