import type { RuleWithOperations } from "#api/generated/admissionregistration-v1.ts";
import type { AdmissionRequest } from "../admission-plugin.ts";

/** What rules look at in a request. */
export interface RuleTarget
  extends Pick<AdmissionRequest, "operation" | "subresource" | "namespace" | "name"> {
  readonly group: string;
  readonly version: string;
  /** Plural, lower case: `pods`. */
  readonly resource: string;
}

/** Whether a rule of a webhook or policy is about a request (apiserver `plugin/webhook/predicates/rules`). */
export function matchesRule(rule: RuleWithOperations, target: RuleTarget): boolean {
  return (
    matchesScope(rule.scope, target) &&
    includes(rule.operations, target.operation) &&
    includes(rule.apiGroups, target.group) &&
    includes(rule.apiVersions, target.version) &&
    (rule.resources ?? []).some((each) => matchesResource(each, target))
  );
}

function includes(items: readonly string[] = [], wanted: string): boolean {
  return items.some((each) => each === "*" || each === wanted);
}

/** A namespace is in no namespace, although its own name is that of its requests. */
function matchesScope(scope: RuleWithOperations["scope"] = "*", target: RuleTarget): boolean {
  if (scope === "*") return true;
  const isNamespace = target.group === "" && target.version === "v1" && target.resource === "namespaces";
  const isNamespaced = !isNamespace && target.namespace !== "";
  return scope === "Namespaced" ? isNamespaced : !isNamespaced;
}

function matchesResource(text: string, { resource, subresource }: RuleTarget): boolean {
  const slash = text.indexOf("/");
  const [name, part] = slash < 0 ? [text, ""] : [text.slice(0, slash), text.slice(slash + 1)];
  return (name === "*" || name === resource) && (part === "*" || part === subresource);
}
