import type { Counter } from "#observability/metrics.ts";
import type { AuthorizerLabels } from "./authorization-metrics.ts";
import type { Authorizer, Decision } from "./authorizer.ts";

/** Counts what an authorizer decides for good (apiserver `pkg/authorization/metrics`). */
export function countedAuthorizer(
  labels: AuthorizerLabels,
  authorizer: Authorizer,
  decisions: Counter<"type" | "name" | "decision">,
): Authorizer {
  const { type, name } = labels;
  const allowed = decisions.series({ type, name, decision: "allowed" });
  const denied = decisions.series({ type, name, decision: "denied" });
  const count = (decision: Decision): Decision => {
    if (decision.outcome === "allow") allowed.add();
    if (decision.outcome === "deny") denied.add();
    return decision;
  };
  return {
    authorize: (attributes) => {
      const decision = authorizer.authorize(attributes);
      return decision instanceof Promise ? decision.then(count) : count(decision);
    },
    rulesFor: (user, namespace) => authorizer.rulesFor(user, namespace),
  };
}
