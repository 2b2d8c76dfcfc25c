import type { Clock } from "#base/clock.ts";
import type { ConditionsOutcome } from "../../expressions/match-conditions.ts";
import type { AdmissionRequest } from "../admission-plugin.ts";
import type { WebhookMetrics } from "../webhooks/webhook-metrics.ts";
import type { Policy } from "./policy-hooks.ts";

interface Asking {
  readonly request: AdmissionRequest;
  readonly clock: Pick<Clock, "now">;
  readonly metrics: Pick<WebhookMetrics, "observeConditions">;
}

/** Whether a policy is about a request after all, as its conditions say; what comes of them is counted. */
export async function isAbout(
  { metadata: { name }, spec: { matchConditions = [] } }: Policy,
  evaluate: () => Promise<ConditionsOutcome>,
  { request: { operation }, clock, metrics }: Asking,
): Promise<ConditionsOutcome> {
  if (matchConditions.length === 0) return true;
  const startedAt = clock.now();
  const outcome = await evaluate();
  const seconds = (clock.now() - startedAt) / 1000;
  metrics.observeConditions({ name, kind: "policy", type: "validate", operation, seconds, outcome });
  return outcome;
}
