/** Whether a policy is about a request (apiserver `plugin/policy/matching/matching.go`). */
import { StatusError } from "#apimachinery/status-error.ts";
import type { AdmissionRequest, ClusterView } from "../admission-plugin.ts";
import { matchSelectors } from "../matching/match-selectors.ts";
import { type MatchedResource, matchedIn, type ResourceMatcher } from "../matching/resource-matcher.ts";
import type { Criteria } from "./policy-hooks.ts";

export interface MatchDependencies {
  readonly cluster: ClusterView;
  readonly resources: ResourceMatcher;
}

/** The version in which a policy wants the objects of the request; undefined when it does not want them. */
export function matchCriteria(
  { resources, selectors }: Criteria,
  request: AdmissionRequest,
  dependencies: MatchDependencies,
): MatchedResource | StatusError | undefined {
  const selected = matchSelectors(selectors, request, dependencies.cluster);
  if (selected === false) return undefined;
  const { resourceRules = [], excludeResourceRules = [], matchPolicy } = resources;
  const isEquivalent = matchPolicy === "Equivalent";
  const { resources: matcher } = dependencies;
  if (matcher.match({ rules: excludeResourceRules, isEquivalent }, request) !== undefined) return undefined;
  const matched =
    resourceRules.length === 0
      ? matchedIn(request.served, request)
      : matcher.match({ rules: resourceRules, isEquivalent }, request);
  return matched !== undefined && selected instanceof StatusError ? selected : matched;
}
