import { invalid, required } from "#apimachinery/field-error.ts";
import type { PolicyRule } from "../../generated/rbac-v1.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";
import { isEmptyList } from "../../validation/lists.ts";

/** Problems of one rule; rules in a namespace cannot speak of URLs that belong to no resource. */
export function validatePolicyRule(
  rule: PolicyRule,
  path: string,
  { isNamespaced }: { readonly isNamespaced: boolean },
): FieldErrors {
  return collectErrors(
    isEmptyList(rule.verbs) && required(`${path}.verbs`, "verbs must contain at least one value"),
    isEmptyList(rule.nonResourceURLs)
      ? validateResourceRule(rule, path)
      : validateNonResourceRule(rule, `${path}.nonResourceURLs`, isNamespaced),
  );
}

function validateResourceRule({ apiGroups, resources }: PolicyRule, path: string): FieldErrors {
  return collectErrors(
    isEmptyList(apiGroups) &&
      required(`${path}.apiGroups`, "resource rules must supply at least one api group"),
    isEmptyList(resources) &&
      required(`${path}.resources`, "resource rules must supply at least one resource"),
  );
}

function validateNonResourceRule(rule: PolicyRule, path: string, isNamespaced: boolean): FieldErrors {
  const { nonResourceURLs, apiGroups, resources, resourceNames } = rule;
  const isMixed = !isEmptyList(apiGroups) || !isEmptyList(resources) || !isEmptyList(resourceNames);
  return collectErrors(
    isNamespaced && invalid(path, nonResourceURLs, "namespaced rules cannot apply to non-resource URLs"),
    isMixed &&
      invalid(path, nonResourceURLs, "rules cannot apply to both regular resources and non-resource URLs"),
  );
}
