import type { PolicyRule } from "#api/generated/rbac-v1.ts";
import { aggregate } from "#apimachinery/status-error.ts";
import { type Authorizer, NO_OPINION, type SubjectRules } from "../authorizer.ts";
import { toQuestion } from "./permission-table.ts";
import type { ResolvedRules, RoleIndex } from "./role-index.ts";

/** Allows what the roles say that are bound to a user or one of the user's groups; it never denies. */
export function rbacAuthorizer(index: Pick<RoleIndex, "permissionsOf" | "rulesFor">): Authorizer {
  return {
    authorize: (attributes) => {
      const question = toQuestion(attributes);
      const namespace = attributes.type === "resource" ? attributes.namespace : "";
      const problems: string[] = [];
      for (const { table, errors } of index.permissionsOf(attributes.user, namespace)) {
        const source = table.find(question);
        if (source !== undefined) return { outcome: "allow", reason: `RBAC: allowed by ${source}` };
        problems.push(...errors);
      }
      return problems.length === 0
        ? NO_OPINION
        : { outcome: "noOpinion", reason: `RBAC: ${aggregate(problems)}` };
    },
    rulesFor: (user, namespace) => toSubjectRules(index.rulesFor(user, namespace)),
  };
}

function toSubjectRules({ rules, errors }: ResolvedRules): SubjectRules {
  return {
    resourceRules: rules.flatMap(toResourceRule),
    nonResourceRules: rules.flatMap(({ verbs, nonResourceURLs = [] }) =>
      nonResourceURLs.length > 0 ? [{ verbs, nonResourceURLs }] : [],
    ),
    incomplete: false,
    ...(errors.length > 0 && { evaluationError: aggregate(errors) }),
  };
}

function toResourceRule(rule: PolicyRule): SubjectRules["resourceRules"] {
  const { verbs, apiGroups = [], resources = [], resourceNames = [] } = rule;
  if (resources.length === 0) return [];
  return [{ verbs, apiGroups, resources, ...(resourceNames.length > 0 && { resourceNames }) }];
}
