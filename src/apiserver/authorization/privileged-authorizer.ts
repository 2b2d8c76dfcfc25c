import { PRIVILEGED_GROUP } from "#apimachinery/user.ts";
import { type Authorizer, type Decision, NO_OPINION, NO_RULES } from "./authorizer.ts";

const ALLOW: Decision = Object.freeze({ outcome: "allow", reason: "" });

/**
 * Allows everything to `system:masters`, so that nobody can lock the cluster's administrators out (apiserver
 * `authorizerfactory.NewPrivilegedGroups`). It lists no rules: the binding of `cluster-admin` does.
 */
export const privilegedAuthorizer: Authorizer = {
  authorize: ({ user }) => (user.groups.includes(PRIVILEGED_GROUP) ? ALLOW : NO_OPINION),
  rulesFor: () => NO_RULES,
};
