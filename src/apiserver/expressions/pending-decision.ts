import type { Authorizer, Decision } from "../authorization/authorizer.ts";
import type { Decide } from "../cel/library/authorizer-values.ts";

/** Says that an authorizer is thinking which an expression, that cannot wait, has asked. */
class PendingDecision extends Error {
  readonly key: string;
  readonly result: Promise<Decision>;

  constructor(key: string, result: Promise<Decision>) {
    super("An authorizer is thinking");
    this.key = key;
    this.result = result;
  }
}

/**
 * Runs a pure function that asks an authorizer, and runs it again whenever an answer has come that it could not wait
 * for. It asks the same thing only once.
 */
export async function withDecisions<T>(
  authorizer: Pick<Authorizer, "authorize">,
  run: (decide: Decide) => T,
): Promise<T> {
  const known = new Map<string, Decision>();
  const decide: Decide = (attributes) => {
    const key = JSON.stringify(attributes);
    const answer = known.get(key) ?? authorizer.authorize(attributes);
    if (answer instanceof Promise) throw new PendingDecision(key, answer);
    known.set(key, answer);
    return answer;
  };
  for (;;) {
    try {
      return run(decide);
    } catch (error) {
      if (!(error instanceof PendingDecision)) throw error;
      known.set(error.key, await error.result);
    }
  }
}
