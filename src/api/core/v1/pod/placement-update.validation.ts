/** Where a pod may run can be narrowed while gates keep it from being scheduled (KEP-3838). */
import { type FieldError, indexPath, invalid } from "#apimachinery/field-error.ts";
import { omit } from "#base/omit.ts";
import type { Affinity, NodeSelectorTerm, PodSpec } from "../../../generated/core-v1.ts";
import type { FieldErrors } from "../../../validation/collect-errors.ts";
import { semanticallyEqual } from "../../../validation/equality.ts";
import { internalForm } from "../../../validation/internal-form.ts";
import { sortedMap } from "../../../validation/lists.ts";
import { NODE_SELECTOR_TERM } from "../pod-spec/node-selector.ts";

const TERMS = "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms";

export function validateGatedPodUpdate(next: PodSpec, previous: PodSpec): FieldErrors {
  return [...validateSelectorChange(next, previous), ...validateTermsChange(next, previous)];
}

/** The new spec with the old node selector and node affinity. */
export function withOldPlacement(next: PodSpec, previous: PodSpec): PodSpec {
  const { nodeSelector, affinity: oldAffinity } = previous;
  const affinity = withOldNodeAffinity(next.affinity, oldAffinity);
  return {
    ...omit(next, "nodeSelector", "affinity"),
    ...(nodeSelector !== undefined && { nodeSelector }),
    ...(affinity !== undefined && { affinity }),
  };
}

function withOldNodeAffinity(
  next: Affinity | undefined,
  previous: Affinity | undefined,
): Affinity | undefined {
  const nodeAffinity = previous?.nodeAffinity;
  const kept: Affinity = {
    ...omit(next ?? {}, "nodeAffinity"),
    ...(nodeAffinity !== undefined && { nodeAffinity }),
  };
  return Object.keys(kept).length === 0 ? previous : kept;
}

function validateSelectorChange(
  { nodeSelector }: PodSpec,
  { nodeSelector: previous = {} }: PodSpec,
): readonly FieldError[] {
  const isKept = Object.entries(previous).every(([key, value]) => nodeSelector?.[key] === value);
  const message = "only additions to spec.nodeSelector are allowed (no mutations or deletions)";
  return isKept ? [] : [invalid("spec.nodeSelector", nodeSelector && sortedMap(nodeSelector), message)];
}

/** Each term may get more requirements; since any term suffices, another term would widen the choice. */
function validateTermsChange(next: PodSpec, previous: PodSpec): FieldErrors {
  const before = requiredTerms(previous);
  const after = requiredTerms(next);
  if (before.length === 0) return [];
  if (after.length !== before.length) {
    const message = "no additions/deletions to non-empty NodeSelectorTerms list are allowed";
    const list = after.length === 0 ? null : after.map((term) => internalForm(term, NODE_SELECTOR_TERM));
    return [invalid(TERMS, list, message)];
  }
  return after.flatMap((term, index) =>
    hasOnlyAdditions(term, before[index] ?? {})
      ? []
      : [
          invalid(
            indexPath(TERMS, index),
            internalForm(term, NODE_SELECTOR_TERM),
            "only additions are allowed (no mutations or deletions)",
          ),
        ],
  );
}

function requiredTerms({ affinity }: PodSpec): readonly NodeSelectorTerm[] {
  return affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
}

/** An empty term matches nothing, so that adding to it would widen it. */
function hasOnlyAdditions(next: NodeSelectorTerm, previous: NodeSelectorTerm): boolean {
  if (isEmptyTerm(previous)) return isEmptyTerm(next);
  return (["matchExpressions", "matchFields"] as const).every((list) => {
    const before = previous[list] ?? [];
    return semanticallyEqual((next[list] ?? []).slice(0, before.length), before);
  });
}

function isEmptyTerm({ matchExpressions = [], matchFields = [] }: NodeSelectorTerm): boolean {
  return matchExpressions.length === 0 && matchFields.length === 0;
}
