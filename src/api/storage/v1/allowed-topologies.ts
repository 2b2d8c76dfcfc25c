/** The topology terms of a StorageClass (core `ValidateTopologySelectorTerm`). */
import { duplicate, required } from "#apimachinery/field-error.ts";
import { validateLabelName } from "#apimachinery/selectors/label-validation.ts";
import type { TopologySelectorLabelRequirement, TopologySelectorTerm } from "../../generated/core-v1.ts";
import { validateEach } from "../../validation/checks.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";
import { isEmptyList, repetitions } from "../../validation/lists.ts";

export function validateAllowedTopologies(terms: readonly TopologySelectorTerm[], path: string): FieldErrors {
  // Upstream compares each term with as many empty ones as there are terms, so an empty term is a duplicate.
  const seen = terms.map(() => canonicalTerm({}));
  return validateEach(terms, path, (term, termPath) => {
    const canonical = canonicalTerm(term);
    const repeated = seen.filter((other) => other === canonical);
    seen.push(canonical);
    return [
      ...validateTerm(term, `${termPath}.matchLabelExpressions`),
      ...repeated.map(() => duplicate(`${termPath}.matchLabelExpressions`, "")),
    ];
  });
}

function validateTerm({ matchLabelExpressions = [] }: TopologySelectorTerm, path: string): FieldErrors {
  const isRepeated = repetitions();
  return validateEach(matchLabelExpressions, path, (requirement, requirementPath) =>
    collectErrors(
      validateRequirement(requirement, requirementPath),
      isRepeated(requirement.key) && duplicate(`${requirementPath}.key`, requirement.key),
    ),
  );
}

function validateRequirement({ key, values }: TopologySelectorLabelRequirement, path: string): FieldErrors {
  const isRepeated = repetitions();
  return collectErrors(
    isEmptyList(values) && required(`${path}.values`),
    validateEach(values, `${path}.values`, (value, valuePath) =>
      isRepeated(value) ? [duplicate(valuePath, value)] : [],
    ),
    validateLabelName(key, `${path}.key`),
  );
}

/** Equal for terms that mean the same, whatever the order of their keys and values. */
function canonicalTerm({ matchLabelExpressions = [] }: TopologySelectorTerm): string {
  const byKey = new Map(
    matchLabelExpressions.map(({ key, values }) => [key, [...new Set(values)].toSorted()]),
  );
  return JSON.stringify([...byKey].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
