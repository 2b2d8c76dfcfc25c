/** Whether rules give what other rules give (component-helpers `auth/rbac/validation/policy_comparator.go`). */
import type { PolicyRule } from "#api/generated/rbac-v1.ts";
import { ALL, urlCovers } from "./policy-rules.ts";

/** The parts of `wanted` that `held` does not cover, each with one verb for one resource or URL. */
export function uncoveredRules(
  held: readonly PolicyRule[],
  wanted: readonly PolicyRule[],
): readonly PolicyRule[] {
  return wanted.flatMap(breakDown).filter((part) => !held.some((rule) => covers(rule, part)));
}

/** An equal list of rules with one verb, and one resource of one group, or one URL, and at most one name. */
export function breakDown(rule: PolicyRule): readonly PolicyRule[] {
  const { verbs, apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] } = rule;
  const names = resourceNames.length === 0 ? [undefined] : resourceNames;
  return [
    ...apiGroups.flatMap((group) =>
      resources.flatMap((resource) =>
        verbs.flatMap((verb) => names.map((name) => onePart(group, resource, verb, name))),
      ),
    ),
    ...nonResourceURLs.flatMap((url) => verbs.map((verb) => ({ nonResourceURLs: [url], verbs: [verb] }))),
  ];
}

function onePart(group: string, resource: string, verb: string, name: string | undefined): PolicyRule {
  return {
    apiGroups: [group],
    resources: [resource],
    ...(name !== undefined && { resourceNames: [name] }),
    verbs: [verb],
  };
}

/** `part` is what `breakDown` makes. */
function covers(rule: PolicyRule, part: PolicyRule): boolean {
  return (
    hasAll(rule.verbs, part.verbs) &&
    hasAll(rule.apiGroups, part.apiGroups) &&
    coversResources(rule.resources, part.resources) &&
    coversNames(rule.resourceNames, part.resourceNames) &&
    coversUrls(rule.nonResourceURLs, part.nonResourceURLs)
  );
}

function hasAll(held: readonly string[] = [], wanted: readonly string[] = []): boolean {
  return held.includes(ALL) || wanted.every((each) => held.includes(each));
}

/** Besides by its name, a subresource is covered by `*` and that name. */
function coversResources(held: readonly string[] = [], wanted: readonly string[] = []): boolean {
  if (hasAll(held, wanted)) return true;
  return wanted.every((each) => {
    const slash = each.indexOf("/");
    return held.includes(each) || (slash >= 0 && held.includes(ALL + each.slice(slash)));
  });
}

/** A rule without names is about all of them. */
function coversNames(held: readonly string[] = [], wanted: readonly string[] = []): boolean {
  if (held.length === 0) return true;
  return wanted.length > 0 && wanted.every((each) => held.includes(each));
}

function coversUrls(held: readonly string[] = [], wanted: readonly string[] = []): boolean {
  return wanted.every((url) => held.some((pattern) => urlCovers(pattern, url)));
}
