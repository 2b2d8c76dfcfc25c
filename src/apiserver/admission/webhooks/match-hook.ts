import { StatusError } from "#apimachinery/status-error.ts";
import type { AdmissionRequest, ClusterView } from "../admission-plugin.ts";
import { matchSelectors } from "../matching/match-selectors.ts";
import type { MatchedResource, ResourceMatcher } from "../matching/resource-matcher.ts";
import type { Hook } from "./hook.ts";

/**
 * In which version a webhook wants to be asked about the request; undefined when it does not. Throws a StatusError when
 * that cannot be found out (apiserver `plugin/webhook/generic`, `ShouldCallHook`).
 */
export function matchHook(
  { webhook, selectors }: Hook,
  request: AdmissionRequest,
  { cluster, resources }: { readonly cluster: ClusterView; readonly resources: ResourceMatcher },
): MatchedResource | undefined {
  const selected = matchSelectors(selectors, request, cluster);
  if (selected === false) return undefined;
  const { rules, matchPolicy } = webhook;
  const matched = resources.match({ rules, isEquivalent: matchPolicy !== "Exact" }, request);
  if (matched !== undefined && selected instanceof StatusError) throw selected;
  return matched;
}
