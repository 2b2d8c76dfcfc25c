import type { Namespace, Pod, PodAffinityTerm, WeightedPodAffinityTerm } from "#api/generated/core-v1.ts";
import type { Labels } from "#apimachinery/selectors/label-requirement.ts";
import {
  compileLabelSelector,
  type LabelMatcher,
  matchEverything,
  matchNothing,
} from "#apimachinery/selectors/label-selector.ts";

/** A term of a pod's affinity to other pods, ready for use. */
export interface AffinityTerm {
  readonly topologyKey: string;
  readonly selector: LabelMatcher;
  /** A pod counts when it is in one of these or in a namespace that the selector matches. */
  readonly namespaces: ReadonlySet<string>;
  readonly namespaceSelector: LabelMatcher;
}

export interface WeightedAffinityTerm extends AffinityTerm {
  readonly weight: number;
}

/** Throws a `SelectorError` for a selector that validation would have refused. */
export function compileAffinityTerm(owner: Pod, term: PodAffinityTerm): AffinityTerm {
  const { namespaces = [], namespaceSelector, labelSelector, topologyKey } = term;
  const isOwn = namespaces.length === 0 && namespaceSelector === undefined;
  return {
    topologyKey,
    selector: compileLabelSelector(labelSelector),
    namespaces: new Set(isOwn ? [owner.metadata.namespace ?? ""] : namespaces),
    namespaceSelector: compileLabelSelector(namespaceSelector),
  };
}

export function compileWeightedTerm(owner: Pod, term: WeightedPodAffinityTerm): WeightedAffinityTerm {
  return { ...compileAffinityTerm(owner, term.podAffinityTerm), weight: term.weight };
}

/** Whether the term means the pod; `namespaceLabels` are those of the pod's namespace, where they are known. */
export function matchesTerm(
  { namespaces, namespaceSelector, selector }: AffinityTerm,
  { metadata }: Pod,
  namespaceLabels: Labels | undefined,
): boolean {
  const isInNamespace =
    namespaces.has(metadata.namespace ?? "") || namespaceSelector.matches(namespaceLabels);
  return isInNamespace && selector.matches(metadata.labels);
}

/** Whether all terms mean the pod; no terms mean none. Terms must name their namespaces, as `inNamespaces` makes them. */
export function matchesAllTerms(terms: readonly AffinityTerm[], pod: Pod): boolean {
  return terms.length > 0 && terms.every((term) => matchesTerm(term, pod, undefined));
}

/** The term with the namespaces that its selector means by name, so that pods can be matched without their labels. */
export function inNamespaces<T extends AffinityTerm>(term: T, all: () => readonly Namespace[]): T {
  const { namespaces, namespaceSelector } = term;
  if (namespaceSelector === matchEverything || namespaceSelector === matchNothing) return term;
  const selected = all().filter(({ metadata }) => namespaceSelector.matches(metadata.labels));
  return {
    ...term,
    namespaces: new Set([...namespaces, ...selected.map(({ metadata }) => metadata.name)]),
    namespaceSelector: matchNothing,
  };
}
