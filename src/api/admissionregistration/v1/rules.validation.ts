/** Which requests a webhook or a policy is for (upstream pkg/apis/admissionregistration/validation/validation.go). */
import {
  duplicate,
  type FieldError,
  indexPath,
  invalid,
  notSupported,
  required,
} from "#apimachinery/field-error.ts";
import { checkPathSegmentName } from "#apimachinery/formats.ts";
import type {
  NamedRuleWithOperations,
  RuleWithOperations,
} from "../../generated/admissionregistration-v1.ts";
import { checkFormat, checkSupported, validateEach } from "../../validation/checks.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";
import { isEmptyList, repetitions } from "../../validation/lists.ts";

const OPERATIONS: readonly string[] = ["*", "CONNECT", "CREATE", "DELETE", "UPDATE"];
/** What a policy can change: a deletion has no object. */
const MUTABLE_OPERATIONS: readonly string[] = ["*", "CONNECT", "CREATE", "UPDATE"];
const SCOPES = ["*", "Cluster", "Namespaced"];

export function validateNamedRule(rule: NamedRuleWithOperations, path: string): FieldErrors {
  const isRepeated = repetitions();
  return collectErrors(
    validateEach(rule.resourceNames, `${path}.resourceNames`, (name, namePath) =>
      collectErrors(
        checkFormat(name, namePath, checkPathSegmentName),
        isRepeated(name) && duplicate(namePath, name),
      ),
    ),
    validateRule(rule, path),
  );
}

export function validateRule(rule: RuleWithOperations, path: string): FieldErrors {
  const { operations, apiGroups, apiVersions, resources, scope } = rule;
  return collectErrors(
    validateChoice(operations, `${path}.operations`, "operations"),
    validateEach(operations, `${path}.operations`, (operation, operationPath) =>
      checkSupported(operation, operationPath, OPERATIONS),
    ),
    validateChoice(apiGroups, `${path}.apiGroups`, "API groups"),
    validateChoice(apiVersions, `${path}.apiVersions`, "API versions"),
    validateEach(apiVersions, `${path}.apiVersions`, (version, versionPath) =>
      version === "" ? [required(versionPath)] : [],
    ),
    validateResources(resources, `${path}.resources`),
    checkSupported(scope, `${path}.scope`, SCOPES),
  );
}

/** Reported without the place of the rule, as upstream does. */
export function validateMutableOperations(
  rules: readonly RuleWithOperations[] | undefined,
  path: string,
): FieldErrors {
  const operations: readonly string[] = rules?.flatMap((rule) => rule.operations ?? []) ?? [];
  return operations
    .filter((operation) => !MUTABLE_OPERATIONS.includes(operation))
    .map((operation) => notSupported(`${path}.operations`, operation, MUTABLE_OPERATIONS));
}

/** At least one, and nothing beside `*`. */
function validateChoice(values: readonly string[] | undefined, path: string, what: string): FieldErrors {
  if (values === undefined || isEmptyList(values)) return [required(path)];
  if (values.length === 1 || !values.includes("*")) return [];
  return [invalid(path, values, `if '*' is present, must not specify other ${what}`)];
}

function validateResources(resources: readonly string[] | undefined, path: string): FieldErrors {
  if (resources === undefined || isEmptyList(resources)) return [required(path)];
  return collectErrors(
    validateEachResource(resources, path),
    resources.length > 1 &&
      resources.includes("*/*") &&
      invalid(path, resources, "if '*/*' is present, must not specify other resources"),
    resources.includes("*") &&
      lastWithoutSubresource(resources) !== "*" &&
      invalid(path, resources, "if '*' is present, must not specify other resources without subresources"),
  );
}

/** Upstream looks at the last one only, so `*` may come behind others. */
function lastWithoutSubresource(resources: readonly string[]): string | undefined {
  return resources.findLast((resource) => resource !== "" && !resource.includes("/"));
}

/** Behind `pods/*` no other subresource of pods makes sense, and behind the status of all none of its own. */
function validateEachResource(resources: readonly string[], path: string): readonly FieldError[] {
  const [allOf, ofAll] = [new Set<string>(), new Set<string>()];
  const errors: FieldError[] = [];
  for (const [index, text] of resources.entries()) {
    const itemPath = indexPath(path, index);
    if (text === "") errors.push(required(itemPath));
    const slash = text.indexOf("/");
    if (slash < 0) continue;
    const [resource, subresource] = [text.slice(0, slash), text.slice(slash + 1)];
    const detail = (wildcard: string) => `if '${wildcard}' is present, must not specify ${text}`;
    if (allOf.has(resource)) errors.push(invalid(itemPath, text, detail(`${resource}/*`)));
    if (ofAll.has(subresource)) errors.push(invalid(itemPath, text, detail(`*/${subresource}`)));
    if (subresource === "*") allOf.add(resource);
    if (resource === "*") ofAll.add(subresource);
  }
  return errors;
}
