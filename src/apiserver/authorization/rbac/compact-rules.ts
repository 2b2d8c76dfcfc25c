/** How rules are told to people (kubernetes `pkg/registry/rbac/validation/policy_compact.go`). */
import type { PolicyRule } from "#api/generated/rbac-v1.ts";
import { quote } from "#apimachinery/go-text.ts";

/** Puts the verbs for one resource or one object together again that `breakDown` has separated. */
export function compactRules(rules: readonly PolicyRule[]): readonly PolicyRule[] {
  const byResource = new Map<string, PolicyRule>();
  const others: PolicyRule[] = [];
  for (const rule of rules) {
    const { nonResourceURLs = [], apiGroups, resources, resourceNames, verbs } = rule;
    if (nonResourceURLs.length > 0) {
      others.push(rule);
      continue;
    }
    const key = JSON.stringify([apiGroups, resources, resourceNames]);
    const present = byResource.get(key);
    byResource.set(key, present === undefined ? rule : { ...present, verbs: [...present.verbs, ...verbs] });
  }
  return [...others, ...byResource.values()];
}

/** `{APIGroups:[""], Resources:["pods"], Verbs:["get" "list"]}`. */
export function describeRule(rule: PolicyRule): string {
  const parts: readonly (readonly [string, readonly string[] | undefined])[] = [
    ["APIGroups", rule.apiGroups],
    ["Resources", rule.resources],
    ["NonResourceURLs", rule.nonResourceURLs],
    ["ResourceNames", rule.resourceNames],
    ["Verbs", rule.verbs],
  ];
  const shown = parts.flatMap(([name, values = []]) =>
    values.length > 0 ? [`${name}:${quoteAll(values)}`] : [],
  );
  return `{${shown.join(", ")}}`;
}

/** Go's `%q` of a list. */
export function quoteAll(values: readonly string[]): string {
  return `[${values.map(quote).join(" ")}]`;
}
