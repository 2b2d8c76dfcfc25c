/** Brings what is stored of a policy up to date (component-helpers `auth/rbac/reconciliation`). */
import type { AggregationRule, ClusterRole, PolicyRule, Subject } from "#api/generated/rbac-v1.ts";
import { semanticallyEqual } from "#api/validation/equality.ts";
import type { ObjectMeta } from "#apimachinery/generated/meta-v1.ts";
import type { NewObject } from "#apimachinery/meta.ts";
import { omit } from "#base/omit.ts";
import type { AnyBinding, AnyRole } from "../../authorization/rbac/binding.ts";
import { uncoveredRules } from "../../authorization/rbac/rule-coverage.ts";

/** Whoever sets this to `false` on an object keeps it as it is. */
const AUTO_UPDATE = "rbac.authorization.kubernetes.io/autoupdate";

/** What is to be done about one object. A role that a binding refers to cannot be changed, only replaced. */
export type PolicyAction<T extends AnyRole | AnyBinding> =
  | { readonly type: "create"; readonly object: NewObject<T> }
  | { readonly type: "update"; readonly object: T }
  | { readonly type: "replace"; readonly present: T; readonly object: NewObject<T> };

/** Adds the rules, labels and annotations that are missing; what somebody has added stays. */
export function planRole<T extends AnyRole>(
  wanted: NewObject<T>,
  present: T | undefined,
): PolicyAction<T> | undefined {
  if (present === undefined) return { type: "create", object: wanted };
  if (isProtected(present)) return undefined;
  const next = {
    ...present,
    metadata: mergeMetadata(present.metadata, wanted.metadata),
    rules: mergeRules(present.rules, wanted.rules),
  };
  return change(
    present,
    isClusterRole(next) ? withAggregation(next, wanted as NewObject<ClusterRole>) : next,
  );
}

/** Adds the subjects, labels and annotations that are missing. */
export function planBinding<T extends AnyBinding>(
  wanted: NewObject<T>,
  present: T | undefined,
): PolicyAction<T> | undefined {
  if (present === undefined) return { type: "create", object: wanted };
  if (isProtected(present)) return undefined;
  if (!semanticallyEqual(present.roleRef, wanted.roleRef))
    return { type: "replace", present, object: wanted };
  return change(present, {
    ...present,
    metadata: mergeMetadata(present.metadata, wanted.metadata),
    subjects: mergeSubjects(present.subjects, wanted.subjects),
  });
}

function isProtected({ metadata }: AnyRole | AnyBinding): boolean {
  return metadata.annotations?.[AUTO_UPDATE] === "false";
}

function change<T extends AnyRole | AnyBinding>(present: T, next: T): PolicyAction<T> | undefined {
  return semanticallyEqual(present, next) ? undefined : { type: "update", object: next };
}

function mergeMetadata(present: ObjectMeta, wanted: Partial<ObjectMeta>): ObjectMeta {
  return {
    ...present,
    labels: { ...wanted.labels, ...present.labels },
    annotations: { ...wanted.annotations, ...present.annotations },
  };
}

function mergeRules(
  present: readonly PolicyRule[] | null | undefined,
  wanted: readonly PolicyRule[] = [],
): readonly PolicyRule[] {
  const rules = present ?? [];
  return semanticallyEqual(rules, wanted) ? rules : [...rules, ...uncoveredRules(rules, wanted)];
}

function mergeSubjects(
  present: readonly Subject[] = [],
  wanted: readonly Subject[] = [],
): readonly Subject[] {
  const missing = wanted.filter((subject) => !present.some((each) => semanticallyEqual(each, subject)));
  return [...present, ...missing];
}

/** A role that is to have rules of its own only loses its aggregation. */
function withAggregation<T extends ClusterRole>(role: T, wanted: NewObject<ClusterRole>): T {
  if (wanted.aggregationRule === undefined) return omit(role, "aggregationRule") as T;
  return { ...role, aggregationRule: mergeAggregation(role.aggregationRule, wanted.aggregationRule) };
}

function mergeAggregation(
  { clusterRoleSelectors: present = [] }: AggregationRule = {},
  { clusterRoleSelectors: wanted = [] }: AggregationRule,
): AggregationRule {
  const missing = wanted.filter((selector) => !present.some((each) => semanticallyEqual(each, selector)));
  return { clusterRoleSelectors: [...present, ...missing] };
}

function isClusterRole<T extends AnyRole>(role: T): role is T & ClusterRole {
  return role.kind === "ClusterRole";
}
