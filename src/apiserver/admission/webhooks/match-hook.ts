import { forbidden, StatusError } from "#apimachinery/status-error.ts";
import type { Clock } from "#base/clock.ts";
import type { AdmissionEnvironment, AdmissionRequest } from "../admission-plugin.ts";
import { expressionInput } from "../matching/expression-input.ts";
import { matchSelectors } from "../matching/match-selectors.ts";
import type { MatchedResource, ResourceMatcher } from "../matching/resource-matcher.ts";
import { versionedObjects } from "../matching/versioned-objects.ts";
import type { Hook } from "./hook.ts";
import type { Invocation } from "./webhook-caller.ts";
import type { WebhookMetrics, WebhookType } from "./webhook-metrics.ts";

export interface MatchDependencies {
  readonly environment: AdmissionEnvironment;
  readonly resources: ResourceMatcher;
  readonly metrics: Pick<WebhookMetrics, "observeConditions">;
  readonly clock: Pick<Clock, "now">;
  readonly type: WebhookType;
}

/**
 * What a webhook is to be asked about a request; undefined when it does not want to be asked. Throws a StatusError when
 * that cannot be found out (apiserver `plugin/webhook/generic`, `ShouldCallHook`).
 */
export async function matchHook(
  hook: Hook,
  request: AdmissionRequest,
  dependencies: MatchDependencies,
): Promise<Invocation | undefined> {
  const matched = matchRules(hook, request, dependencies);
  if (matched === undefined) return undefined;
  const objects = await versionedObjects(request, matched);
  if (hook.conditions !== undefined) {
    const input = expressionInput(request, matched, objects);
    const { environment, metrics, clock, type } = dependencies;
    const startedAt = clock.now();
    const outcome = await hook.conditions(input, environment.authorizer);
    const seconds = (clock.now() - startedAt) / 1000;
    const { name } = hook.webhook;
    metrics.observeConditions({
      name,
      kind: "webhook",
      type,
      operation: request.operation,
      seconds,
      outcome,
    });
    if (outcome === false) return undefined;
    if (outcome !== true) throw forbidden(request.resource, request.name, outcome.problem);
  }
  return { hook, matched, objects };
}

function matchRules(
  { webhook, selectors }: Hook,
  request: AdmissionRequest,
  { environment: { cluster }, resources }: MatchDependencies,
): MatchedResource | undefined {
  const selected = matchSelectors(selectors, request, cluster);
  if (selected === false) return undefined;
  const { rules, matchPolicy } = webhook;
  const matched = resources.match({ rules, isEquivalent: matchPolicy !== "Exact" }, request);
  if (matched !== undefined && selected instanceof StatusError) throw selected;
  return matched;
}
