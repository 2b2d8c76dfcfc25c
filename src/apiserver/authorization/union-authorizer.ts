import { aggregate } from "#apimachinery/status-error.ts";
import { type Authorizer, type Decision, NO_OPINION, type SubjectRules } from "./authorizer.ts";

/**
 * Asks one after the other until one allows or denies (apiserver `authorization/union`). An authorizer that cannot
 * decide does not stop the next from allowing.
 */
export function unionAuthorizer(authorizers: readonly Authorizer[]): Authorizer {
  return {
    authorize: async (attributes) => {
      const errors: string[] = [];
      const reasons: string[] = [];
      for (const authorizer of authorizers) {
        const decision = await decide(authorizer, attributes);
        if (decision.outcome !== "noOpinion") return decision;
        if (decision.reason !== "") reasons.push(decision.reason);
        if (decision.evaluationError !== undefined) errors.push(decision.evaluationError);
      }
      const reason = reasons.join("\n");
      return {
        outcome: "noOpinion",
        reason,
        ...(errors.length > 0 && { evaluationError: aggregate(errors) }),
      };
    },
    rulesFor: async (user, namespace) =>
      mergeRules(await Promise.all(authorizers.map(async (each) => each.rulesFor(user, namespace)))),
  };
}

async function decide(
  authorizer: Authorizer,
  attributes: Parameters<Authorizer["authorize"]>[0],
): Promise<Decision> {
  try {
    return await authorizer.authorize(attributes);
  } catch (error) {
    return { ...NO_OPINION, evaluationError: error instanceof Error ? error.message : String(error) };
  }
}

function mergeRules(all: readonly SubjectRules[]): SubjectRules {
  const errors = all.flatMap(({ evaluationError = "" }) => (evaluationError === "" ? [] : [evaluationError]));
  return {
    resourceRules: all.flatMap(({ resourceRules }) => resourceRules),
    nonResourceRules: all.flatMap(({ nonResourceRules }) => nonResourceRules),
    incomplete: all.some(({ incomplete }) => incomplete),
    ...(errors.length > 0 && { evaluationError: aggregate(errors) }),
  };
}
