import type { UserInfo } from "#apimachinery/user.ts";
import type { AuthorizationAttributes, Authorizer, Decision, SubjectRules } from "../authorizer.ts";
import type { AbacPolicy } from "./abac-policy.ts";

const ALLOWED: Decision = Object.freeze({ outcome: "allow", reason: "" });
const UNKNOWN: Decision = Object.freeze({ outcome: "noOpinion", reason: "No policy matched." });

const READ: readonly string[] = ["get", "list", "watch"];

/** Allows what one of the policies says; it never denies (kubernetes `pkg/auth/authorizer/abac`). */
export function abacAuthorizer(policies: readonly AbacPolicy[]): Authorizer {
  return {
    authorize: (attributes) => (policies.some((policy) => allows(policy, attributes)) ? ALLOWED : UNKNOWN),
    rulesFor: (user, namespace) =>
      rulesOf(policies.filter((policy) => isAbout(policy, user) && isOneOf(policy.namespace, namespace))),
  };
}

function allows(policy: AbacPolicy, attributes: AuthorizationAttributes): boolean {
  if (!isAbout(policy, attributes.user)) return false;
  if (policy.readonly && !READ.includes(attributes.verb)) return false;
  if (attributes.type === "nonResource") return isPath(policy.nonResourcePath, attributes.path);
  return (
    isOneOf(policy.namespace, attributes.namespace) &&
    isOneOf(policy.resource, attributes.resource) &&
    isOneOf(policy.apiGroup, attributes.group)
  );
}

/** A policy that names neither a user nor a group is about nobody. */
function isAbout({ user, group }: AbacPolicy, { name, groups }: UserInfo): boolean {
  if (user === "" && group === "") return false;
  return (user === "" || user === name) && (group === "" || groups.includes(group));
}

function isOneOf(pattern: string, value: string): boolean {
  return pattern === "*" || pattern === value;
}

function isPath(pattern: string, path: string): boolean {
  return pattern === path || (pattern.endsWith("*") && path.startsWith(pattern.replace(/\*+$/, "")));
}

function rulesOf(policies: readonly AbacPolicy[]): SubjectRules {
  const verbsOf = ({ readonly }: AbacPolicy): readonly string[] => (readonly ? READ : ["*"]);
  return {
    resourceRules: policies
      .filter(({ resource }) => resource !== "")
      .map((policy) => ({
        verbs: verbsOf(policy),
        apiGroups: [policy.apiGroup],
        resources: [policy.resource],
      })),
    nonResourceRules: policies
      .filter(({ nonResourcePath }) => nonResourcePath !== "")
      .map((policy) => ({ verbs: verbsOf(policy), nonResourceURLs: [policy.nonResourcePath] })),
    incomplete: false,
  };
}
