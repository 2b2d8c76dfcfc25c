import { forbidden, invalid, notSupported, required } from "#apimachinery/field-error.ts";
import { checkDNS1123Label, checkDNS1123Subdomain } from "#apimachinery/formats.ts";
import type {
  FlowSchema,
  FlowSchemaSpec,
  NonResourcePolicyRule,
  PolicyRulesWithSubjects,
  ResourcePolicyRule,
  ServiceAccountSubject,
  Subject,
} from "../../generated/flowcontrol-v1.ts";
import { checkFormat, requireFormat, requireText, validateEach } from "../../validation/checks.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";
import { semanticallyEqual } from "../../validation/equality.ts";
import { type InternalForm, internalForm } from "../../validation/internal-form.ts";
import { isEmptyList } from "../../validation/lists.ts";
import { validateConditionTypes } from "./conditions.ts";
import { EXEMPT, MANDATORY_FLOW_SCHEMAS } from "./mandatory.ts";

const MAX_MATCHING_PRECEDENCE = 10_000;
const DISTINGUISHER_METHODS = ["ByNamespace", "ByUser"];
const SUBJECT_KINDS = ["Group", "ServiceAccount", "User"];
const VERBS = ["create", "delete", "deletecollection", "get", "list", "patch", "proxy", "update", "watch"];
const ALL = "*";

/** In Go, the fields have these names, and are written even where they are empty. */
const METHOD: InternalForm = { Type: "" };
const SPEC: InternalForm = {
  PriorityLevelConfiguration: { Name: "" },
  MatchingPrecedence: 0,
  DistinguisherMethod: METHOD,
  Rules: [
    {
      Subjects: [
        { Kind: "", User: { Name: "" }, Group: { Name: "" }, ServiceAccount: { Namespace: "", Name: "" } },
      ],
      ResourceRules: [
        { Verbs: null, APIGroups: null, Resources: null, ClusterScope: false, Namespaces: null },
      ],
      NonResourceRules: [{ Verbs: null, NonResourceURLs: null }],
    },
  ],
};

export function validateFlowSchema({ metadata: { name }, spec, status }: FlowSchema): FieldErrors {
  const mandatory = MANDATORY_FLOW_SCHEMAS.get(name);
  return collectErrors(
    validateSpec(spec, "spec", name),
    mandatory !== undefined &&
      !semanticallyEqual(spec, mandatory) &&
      invalid("spec", internalForm(spec, SPEC), `spec of '${name}' must equal the fixed value`),
    validateConditionTypes(status, "status"),
  );
}

function validateSpec(spec: FlowSchemaSpec, path: string, name: string): FieldErrors {
  const { distinguisherMethod: method, priorityLevelConfiguration: level } = spec;
  const levelPath = `${path}.priorityLevelConfiguration.name`;
  return collectErrors(
    validateMatchingPrecedence(spec.matchingPrecedence, `${path}.matchingPrecedence`, name),
    method !== undefined &&
      !DISTINGUISHER_METHODS.includes(method.type) &&
      notSupported(`${path}.distinguisherMethod.type`, internalForm(method, METHOD), DISTINGUISHER_METHODS),
    level.name === ""
      ? required(levelPath, "must reference a priority level")
      : checkFormat(level.name, levelPath, checkDNS1123Subdomain),
    validateEach(spec.rules, `${path}.rules`, validateRules),
  );
}

function validateMatchingPrecedence(precedence: number, path: string, name: string): FieldErrors {
  return collectErrors(
    precedence <= 0 && invalid(path, precedence, "must be a positive value"),
    precedence > MAX_MATCHING_PRECEDENCE &&
      invalid(path, precedence, `must not be greater than ${String(MAX_MATCHING_PRECEDENCE)}`),
    precedence === 1 &&
      name !== EXEMPT &&
      invalid(path, precedence, "only the schema named 'exempt' may have matchingPrecedence 1"),
  );
}

function validateRules(rules: PolicyRulesWithSubjects, path: string): FieldErrors {
  const { subjects, resourceRules = [], nonResourceRules = [] } = rules;
  return collectErrors(
    isEmptyList(subjects)
      ? required(`${path}.subjects`, "subjects must contain at least one value")
      : validateEach(subjects, `${path}.subjects`, validateSubject),
    resourceRules.length + nonResourceRules.length === 0 &&
      required(path, "at least one of resourceRules and nonResourceRules has to be non-empty"),
    validateEach(resourceRules, `${path}.resourceRules`, validateResourceRule),
    validateEach(nonResourceRules, `${path}.nonResourceRules`, validateNonResourceRule),
  );
}

function validateSubject(subject: Subject, path: string): FieldErrors {
  const { kind, serviceAccount, user, group } = subject;
  if (!SUBJECT_KINDS.includes(kind)) return [notSupported(`${path}.kind`, kind, SUBJECT_KINDS)];
  const misplaced = (member: string, ownKind: string, value: unknown) =>
    kind !== ownKind &&
    value !== undefined &&
    forbidden(`${path}.${member}`, `${member} is forbidden when subject kind is not '${ownKind}'`);
  return collectErrors(
    kind === "ServiceAccount" && validateServiceAccount(serviceAccount, `${path}.serviceAccount`),
    kind === "User" && validateNamedSubject(user, `${path}.user`, "user", kind),
    kind === "Group" && validateNamedSubject(group, `${path}.group`, "group", kind),
    misplaced("serviceAccount", "ServiceAccount", serviceAccount),
    misplaced("user", "User", user),
    misplaced("group", "Group", group),
  );
}

function validateServiceAccount(account: ServiceAccountSubject | undefined, path: string): FieldErrors {
  if (account === undefined) {
    return [required(path, "serviceAccount is required when subject kind is 'ServiceAccount'")];
  }
  return collectErrors(
    account.name !== ALL && requireFormat(account.name, `${path}.name`, checkDNS1123Subdomain),
    account.namespace === ""
      ? required(`${path}.namespace`, "must specify namespace for service account")
      : checkFormat(account.namespace, `${path}.namespace`, checkDNS1123Label),
  );
}

function validateNamedSubject(
  subject: { readonly name: string } | undefined,
  path: string,
  member: string,
  kind: string,
): FieldErrors {
  return subject === undefined
    ? [required(path, `${member} is required when subject kind is '${kind}'`)]
    : requireText(subject.name, `${path}.name`);
}

function validateResourceRule(rule: ResourcePolicyRule, path: string): FieldErrors {
  const { apiGroups, resources, namespaces, clusterScope = false } = rule;
  return collectErrors(
    validateVerbs(rule.verbs, `${path}.verbs`),
    isEmptyList(apiGroups) &&
      required(`${path}.apiGroups`, "resource rules must supply at least one api group"),
    onlyWildcard(apiGroups, `${path}.apiGroups`, "api groups"),
    isEmptyList(resources) &&
      required(`${path}.resources`, "resource rules must supply at least one resource"),
    onlyWildcard(resources, `${path}.resources`, "resources"),
    isEmptyList(namespaces) &&
      !clusterScope &&
      required(
        `${path}.namespaces`,
        "resource rules that are not cluster scoped must supply at least one namespace",
      ),
    hasWildcard(namespaces)
      ? onlyWildcard(namespaces, `${path}.namespaces`, "namespaces")
      : validateEach(namespaces, `${path}.namespaces`, validateRuleNamespace),
  );
}

function validateRuleNamespace(namespace: string, path: string): FieldErrors {
  const intro = "each member of this list must be '*' or a DNS-1123 label; ";
  return checkDNS1123Label(namespace).map((message) => invalid(path, namespace, intro + message));
}

function validateNonResourceRule(
  { verbs, nonResourceURLs }: NonResourcePolicyRule,
  path: string,
): FieldErrors {
  const urlsPath = `${path}.nonResourceURLs`;
  return collectErrors(
    validateVerbs(verbs, `${path}.verbs`),
    isEmptyList(nonResourceURLs) && required(urlsPath, "nonResourceURLs must contain at least one value"),
    hasWildcard(nonResourceURLs)
      ? onlyWildcard(nonResourceURLs, urlsPath, "non-resource URLs")
      : validateEach(nonResourceURLs, urlsPath, validateUrlPath),
  );
}

function validateVerbs(verbs: readonly string[], path: string): FieldErrors {
  if (isEmptyList(verbs)) return [required(path, "verbs must contain at least one value")];
  if (hasWildcard(verbs)) return onlyWildcard(verbs, path, "verbs");
  return verbs.every((verb) => VERBS.includes(verb)) ? [] : [notSupported(path, verbs, VERBS)];
}

function validateUrlPath(url: string, path: string): FieldErrors {
  const problem = urlPathProblem(url);
  return problem === undefined ? [] : [invalid(path, url, problem)];
}

function urlPathProblem(url: string): string | undefined {
  if (url === "") return "must not be empty";
  if (url === "/") return undefined;
  if (!url.startsWith("/")) return "must start with slash";
  if (url.includes(" ")) return "must not contain white-space";
  if (url.includes("//")) return "must not contain double slash";
  const wildcards = url.split("*").length - 1;
  const isSuffix = wildcards === 1 && url.endsWith("/*");
  return wildcards === 0 || isSuffix ? undefined : "wildcard can only do suffix matching";
}

function onlyWildcard(list: readonly string[], path: string, noun: string): FieldErrors {
  return hasWildcard(list) && list.length > 1
    ? [invalid(path, list, `if '*' is present, must not specify other ${noun}`)]
    : [];
}

function hasWildcard(list: readonly string[] | null): boolean {
  return list?.includes(ALL) ?? false;
}
