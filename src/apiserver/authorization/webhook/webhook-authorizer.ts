import type { SubjectAccessReviewSpec, SubjectAccessReviewStatus } from "#api/generated/authorization-v1.ts";
import { isTimeout } from "#apimachinery/status-error.ts";
import { AnswerCache } from "#base/answer-cache.ts";
import type { Clock } from "#base/clock.ts";
import type { Logger } from "#observability/logger.ts";
import { type KubeconfigWebhook, WebhookTimeout } from "../../webhook/kubeconfig-webhook.ts";
import { retryWebhook } from "../../webhook/retry-webhook.ts";
import type { AuthorizationMetrics, WebhookResult } from "../authorization-metrics.ts";
import {
  type AuthorizationAttributes,
  type Authorizer,
  type Decision,
  NO_OPINION,
  NO_RULES,
  type SubjectRules,
} from "../authorizer.ts";
import type { WebhookConfiguration } from "../configuration/authorization-configuration.ts";
import { accessReview, reviewSpec, reviewStatus } from "./access-review.ts";

export type WebhookAuthorizerOptions = Pick<
  WebhookConfiguration,
  "authorizedTtlMs" | "unauthorizedTtlMs" | "subjectAccessReviewVersion" | "failurePolicy"
> & { readonly name: string };

/** Whether a webhook is to be asked, or why nobody can tell. */
export type ConditionsOutcome = boolean | { readonly problem: string };

export interface WebhookAuthorizerDependencies {
  readonly webhook: Pick<KubeconfigWebhook, "post">;
  /** Undefined when the webhook is asked everything. */
  readonly conditions: ((spec: SubjectAccessReviewSpec) => ConditionsOutcome) | undefined;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly metrics: AuthorizationMetrics;
}

/** How many decisions are kept (apiserver `plugin/pkg/authorizer/webhook`). */
const REMEMBERED = 8192;

/** Longer questions are not kept: those who ask choose what is in them. */
const MAX_KEPT_LENGTH = 10_000;

const UNLISTED: SubjectRules = {
  ...NO_RULES,
  incomplete: true,
  evaluationError: "webhook authorizer does not support user rule resolution",
};

/** Asks a webhook, by posting a SubjectAccessReview (apiserver `plugin/pkg/authorizer/webhook`). */
export class WebhookAuthorizer implements Authorizer {
  readonly #options: WebhookAuthorizerOptions;
  readonly #dependencies: WebhookAuthorizerDependencies;
  readonly #known: AnswerCache<Decision>;

  constructor(options: WebhookAuthorizerOptions, dependencies: WebhookAuthorizerDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
    this.#known = new AnswerCache(REMEMBERED, dependencies);
  }

  async authorize(attributes: AuthorizationAttributes): Promise<Decision> {
    const spec = reviewSpec(attributes);
    const isAsked = this.#isAsked(spec);
    if (isAsked === false) return NO_OPINION;
    if (isAsked !== true) return this.#failed(isAsked.problem);
    const question = JSON.stringify(spec);
    return this.#known.get(question)?.answer ?? (await this.#decide(spec, question));
  }

  rulesFor(): SubjectRules {
    return UNLISTED;
  }

  async #decide(spec: SubjectAccessReviewSpec, question: string): Promise<Decision> {
    const { name, authorizedTtlMs, unauthorizedTtlMs, failurePolicy } = this.#options;
    try {
      const status = await retryWebhook(() => this.#ask(spec), {}, this.#dependencies);
      const decision = decisionOf(status);
      if (lengthOf(spec) < MAX_KEPT_LENGTH) {
        this.#known.set(question, decision, status.allowed ? authorizedTtlMs : unauthorizedTtlMs);
      }
      return decision;
    } catch (error) {
      const { logger, metrics } = this.#dependencies;
      const reason = error instanceof Error ? error.message : String(error);
      logger.error("Could not ask an authorization webhook", { name, reason });
      if (failurePolicy === "NoOpinion") metrics.observeFailOpen(name, resultOf(error));
      return this.#failed(reason);
    }
  }

  /** Once; what came of it is counted. */
  async #ask(spec: SubjectAccessReviewSpec): Promise<SubjectAccessReviewStatus> {
    const { webhook, clock, metrics } = this.#dependencies;
    const { name, subjectAccessReviewVersion: version } = this.#options;
    const startedAt = clock.now();
    const count = (result: WebhookResult) =>
      metrics.observeCall(name, result, (clock.now() - startedAt) / 1000);
    try {
      const status = reviewStatus(await webhook.post(accessReview(spec, version)), version);
      count("success");
      return status;
    } catch (error) {
      count(resultOf(error));
      throw error;
    }
  }

  #isAsked(spec: SubjectAccessReviewSpec): ConditionsOutcome {
    const { conditions, metrics, clock } = this.#dependencies;
    if (conditions === undefined) return true;
    const startedAt = clock.now();
    const outcome = conditions(spec);
    const label = outcome === true ? "matched" : outcome === false ? "excluded" : "failed";
    metrics.observeConditions(this.#options.name, label, (clock.now() - startedAt) / 1000);
    return outcome;
  }

  #failed(evaluationError: string): Decision {
    const outcome = this.#options.failurePolicy === "Deny" ? "deny" : "noOpinion";
    return { outcome, reason: "", evaluationError };
  }
}

function decisionOf({ allowed, denied = false, reason = "" }: SubjectAccessReviewStatus): Decision {
  if (!denied) return { outcome: allowed ? "allow" : "noOpinion", reason };
  if (!allowed) return { outcome: "deny", reason };
  const evaluationError = "webhook subject access review returned both allow and deny response";
  return { outcome: "deny", reason, evaluationError };
}

function resultOf(error: unknown): WebhookResult {
  return error instanceof WebhookTimeout || isTimeout(error) ? "timeout" : "error";
}

/** Of what of a question those who ask can make as long as they like: selectors, too. */
function lengthOf({ resourceAttributes, nonResourceAttributes }: SubjectAccessReviewSpec): number {
  return JSON.stringify(resourceAttributes ?? nonResourceAttributes).length;
}
