import { aggregate } from "#apimachinery/status-error.ts";
import type { Authorizer, Decision, SubjectRules } from "./authorizer.ts";

/**
 * Asks one after the other until one allows or denies (apiserver `authorization/union`). An authorizer that cannot
 * decide does not stop the next from allowing.
 */
export function unionAuthorizer(authorizers: readonly Authorizer[]): Authorizer {
  return {
    authorize: async (attributes) => {
      const failures: unknown[] = [];
      const reasons: string[] = [];
      for (const authorizer of authorizers) {
        const decision = await decide(authorizer, attributes, failures);
        if (decision === undefined) continue;
        if (decision.outcome !== "noOpinion") return decision;
        if (decision.reason !== "") reasons.push(decision.reason);
      }
      if (failures.length > 0) throw new Error(aggregate(failures.map(messageOf)), { cause: failures[0] });
      return { outcome: "noOpinion", reason: reasons.join("\n") };
    },
    rulesFor: async (user, namespace) =>
      mergeRules(await Promise.all(authorizers.map(async (each) => each.rulesFor(user, namespace)))),
  };
}

async function decide(
  authorizer: Authorizer,
  attributes: Parameters<Authorizer["authorize"]>[0],
  failures: unknown[],
): Promise<Decision | undefined> {
  try {
    return await authorizer.authorize(attributes);
  } catch (error) {
    failures.push(error);
    return undefined;
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

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
