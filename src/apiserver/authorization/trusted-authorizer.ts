import { PRIVILEGED_GROUP, SERVICE_ACCOUNTS_GROUP, type UserInfo } from "#apimachinery/user.ts";
import type { Authorizer, Decision, SubjectRules } from "./authorizer.ts";

/** User names of the cluster's own components and of its nodes. */
const COMPONENT_PREFIXES: readonly string[] = ["system:kube-", "system:node:"];

const EVERYTHING: SubjectRules = {
  resourceRules: [{ verbs: ["*"], apiGroups: ["*"], resources: ["*"] }],
  nonResourceRules: [{ verbs: ["*"], nonResourceURLs: ["*"] }],
  incomplete: false,
};
const NOTHING: SubjectRules = { resourceRules: [], nonResourceRules: [], incomplete: false };

const ALLOW: Decision = { outcome: "allow", reason: "" };
const NO_OPINION: Decision = { outcome: "noOpinion", reason: "" };

/**
 * Allows everything to those who are part of the cluster: administrators (`system:masters`), components, nodes and
 * service accounts. It has no opinion about anybody else.
 */
export const trustedAuthorizer: Authorizer = {
  authorize: ({ user }) => (isTrusted(user) ? ALLOW : NO_OPINION),
  rulesFor: (user) => (isTrusted(user) ? EVERYTHING : NOTHING),
};

function isTrusted({ name, groups }: UserInfo): boolean {
  return (
    groups.includes(PRIVILEGED_GROUP) ||
    groups.includes(SERVICE_ACCOUNTS_GROUP) ||
    COMPONENT_PREFIXES.some((prefix) => name.startsWith(prefix))
  );
}
