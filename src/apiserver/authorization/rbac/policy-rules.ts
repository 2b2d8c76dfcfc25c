/** What a rule allows (kubernetes `pkg/apis/rbac/v1/evaluation_helpers.go`). */
import type { PolicyRule } from "#api/generated/rbac-v1.ts";
import type { AuthorizationAttributes } from "../authorizer.ts";

/** Stands for every verb, API group, resource and URL. */
export const ALL = "*";

export function ruleAllows(rule: PolicyRule, attributes: AuthorizationAttributes): boolean {
  if (!includes(rule.verbs, attributes.verb)) return false;
  if (attributes.type === "nonResource") return urlMatches(rule, attributes.path);
  const { group, resource, subresource, name } = attributes;
  const { apiGroups = [], resources = [], resourceNames = [] } = rule;
  return (
    includes(apiGroups, group) &&
    resourceNamesOf(resource, subresource).some((each) => resources.includes(each)) &&
    (resourceNames.length === 0 || resourceNames.includes(name))
  );
}

/** How rules may name a resource or subresource: as it is, all, and the subresource of all resources. */
export function resourceNamesOf(resource: string, subresource: string): readonly string[] {
  return subresource === "" ? [resource, ALL] : [`${resource}/${subresource}`, ALL, `${ALL}/${subresource}`];
}

/** `/healthz/*` covers everything that begins like it, and `*` everything. */
export function urlCovers(pattern: string, path: string): boolean {
  return pattern === path || (pattern.endsWith(ALL) && path.startsWith(pattern.replace(/\*+$/, "")));
}

function urlMatches({ nonResourceURLs = [] }: PolicyRule, path: string): boolean {
  return nonResourceURLs.some((pattern) => urlCovers(pattern, path));
}

function includes(values: readonly string[], wanted: string): boolean {
  return values.includes(ALL) || values.includes(wanted);
}
