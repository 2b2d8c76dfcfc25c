import type { AuthorizationAttributes, ResourceAttributes } from "../authorization/authorizer.ts";

/** How much is recorded of a request; each level includes those before it. */
export const LEVELS = ["None", "Metadata", "Request", "RequestResponse"] as const;
export type Level = (typeof LEVELS)[number];

/** When a request is recorded. */
export const STAGES = ["RequestReceived", "ResponseStarted", "ResponseComplete", "Panic"] as const;
export type Stage = (typeof STAGES)[number];

/** A Policy of audit.k8s.io/v1: the first rule that matches a request says what is recorded of it. */
export interface AuditPolicy {
  readonly rules: readonly PolicyRule[];
  readonly omitStages?: readonly Stage[];
  readonly omitManagedFields?: boolean;
}

/** A request must match all fields; one that is absent or empty matches every request. */
export interface PolicyRule {
  readonly level: Level;
  readonly users?: readonly string[];
  readonly userGroups?: readonly string[];
  readonly verbs?: readonly string[];
  readonly resources?: readonly GroupResources[];
  /** The empty text stands for what is in no namespace. */
  readonly namespaces?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
  /** In addition to those of the policy. */
  readonly omitStages?: readonly Stage[];
  /** Instead of that of the policy. */
  readonly omitManagedFields?: boolean;
}

export interface GroupResources {
  /** Empty for the core group, `*` for all of them. */
  readonly group?: string;
  /** `pods`, `pods/log`, `pods/*`, `*` with a slash and a subresource, or `*`. */
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
}

/** What the policy decides about one request. */
export interface AuditConfig {
  readonly level: Level;
  readonly omitStages: readonly Stage[];
  readonly omitManagedFields: boolean;
}

/** As apiserver `pkg/audit/policy/checker.go` does: nothing is recorded of what no rule matches. */
export function evaluatePolicy(policy: AuditPolicy, attributes: AuthorizationAttributes): AuditConfig {
  const { omitStages = [], omitManagedFields = false } = policy;
  const rule = policy.rules.find((each) => ruleMatches(each, attributes));
  if (rule === undefined) return { level: "None", omitStages, omitManagedFields };
  return {
    level: rule.level,
    omitStages: [...omitStages, ...(rule.omitStages ?? [])],
    omitManagedFields: rule.omitManagedFields ?? omitManagedFields,
  };
}

export function includes(level: Level, needed: Level): boolean {
  return LEVELS.indexOf(level) >= LEVELS.indexOf(needed);
}

function ruleMatches(rule: PolicyRule, attributes: AuthorizationAttributes): boolean {
  const { verbs = [], resources = [], namespaces = [], nonResourceURLs = [] } = rule;
  if (!userMatches(rule, attributes)) return false;
  if (verbs.length > 0 && !verbs.includes(attributes.verb)) return false;
  if (namespaces.length > 0 || resources.length > 0) {
    return attributes.type === "resource" && resourceMatches({ namespaces, resources }, attributes);
  }
  if (nonResourceURLs.length === 0) return true;
  if (attributes.type === "resource") return false;
  return nonResourceURLs.some((pattern) => pathMatches(attributes.path, pattern));
}

function userMatches(
  { users = [], userGroups = [] }: PolicyRule,
  { user }: AuthorizationAttributes,
): boolean {
  if (users.length > 0 && !users.includes(user.name)) return false;
  return userGroups.length === 0 || user.groups.some((group) => userGroups.includes(group));
}

function pathMatches(path: string, pattern: string): boolean {
  if (pattern === path) return true;
  return pattern.endsWith("*") && path.startsWith(pattern.replace(/\*+$/, ""));
}

function resourceMatches(
  { namespaces, resources }: Required<Pick<PolicyRule, "namespaces" | "resources">>,
  attributes: ResourceAttributes,
): boolean {
  if (namespaces.length > 0 && !namespaces.includes(attributes.namespace)) return false;
  return resources.length === 0 || resources.some((each) => groupMatches(each, attributes));
}

function groupMatches(
  { group = "", resources = [], resourceNames = [] }: GroupResources,
  attributes: ResourceAttributes,
): boolean {
  if (group !== "*" && group !== attributes.group) return false;
  if (resources.length === 0) return true;
  if (resourceNames.length > 0 && !resourceNames.includes(attributes.name)) return false;
  return resources.some((pattern) => patternMatches(pattern, attributes));
}

function patternMatches(pattern: string, { resource, subresource }: ResourceAttributes): boolean {
  const combined = subresource === "" ? resource : `${resource}/${subresource}`;
  if (pattern === "*" || pattern === combined) return true;
  return pattern === `${resource}/*` || (subresource !== "" && pattern === `*/${subresource}`);
}
