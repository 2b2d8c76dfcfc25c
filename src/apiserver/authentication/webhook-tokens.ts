import { createHash } from "node:crypto";
import { reviewedUser } from "#api/authentication/v1/reviewed-user.ts";
import type { TokenReview } from "#api/generated/authentication-v1.ts";
import { AnswerCache } from "#base/answer-cache.ts";
import type { Clock } from "#base/clock.ts";
import { AuthenticationError } from "#https/authenticator.ts";
import type { TokenReviewer } from "../reviews/token-review.ts";
import type { KubeconfigWebhook } from "../webhook/kubeconfig-webhook.ts";
import { retryWebhook } from "../webhook/retry-webhook.ts";
import type { TokenCacheMetrics } from "./token-cache-metrics.ts";

/** How long answers are good (kube-apiserver `--authentication-token-webhook-cache-ttl`). */
const REMEMBER_MS = 120_000;

/** How many answers are kept (apiserver `token/cache`). */
const REMEMBERED = 4096;

type Answer = Awaited<ReturnType<TokenReviewer["reviewToken"]>>;

export interface WebhookTokensDependencies {
  readonly webhook: Pick<KubeconfigWebhook, "post">;
  readonly cache: Pick<TokenCacheMetrics, "hit" | "miss">;
  readonly clock: Clock;
  readonly random: () => number;
}

/** Asks a webhook whose a token is, by posting a TokenReview of version v1 (apiserver `token/webhook`). */
export class WebhookTokens implements Pick<TokenReviewer, "reviewToken"> {
  readonly #audiences: readonly string[];
  readonly #dependencies: WebhookTokensDependencies;
  readonly #known: AnswerCache<Answer>;

  /** `audiences` are the API server's own names. */
  constructor(audiences: readonly string[], dependencies: WebhookTokensDependencies) {
    this.#audiences = audiences;
    this.#dependencies = dependencies;
    this.#known = new AnswerCache(REMEMBERED, dependencies);
  }

  async reviewToken(token: string, audiences: readonly string[]): Promise<Answer> {
    const key = createHash("sha256")
      .update(JSON.stringify([token, audiences]))
      .digest("base64");
    const known = this.#known.get(key);
    const { cache } = this.#dependencies;
    if (known !== undefined) {
      cache.hit();
      return known.answer;
    }
    const answer = await cache.miss(async () =>
      readAnswer(await this.#ask(token, audiences), audiences, this.#audiences),
    );
    this.#known.set(key, answer, REMEMBER_MS);
    return answer;
  }

  async #ask(token: string, audiences: readonly string[]): Promise<TokenReview> {
    const review = {
      kind: "TokenReview",
      apiVersion: "authentication.k8s.io/v1",
      metadata: {},
      spec: { token, audiences },
      status: { user: {} },
    };
    const { webhook } = this.#dependencies;
    try {
      return (await retryWebhook(() => webhook.post(review), {}, this.#dependencies)) as TokenReview;
    } catch (cause) {
      throw new AuthenticationError(
        `Failed to make webhook authenticator request: ${cause instanceof Error ? cause.message : String(cause)}`,
        { cause },
      );
    }
  }
}

/** A webhook that says nothing of audiences knows the API server's own tokens. */
function readAnswer({ status }: TokenReview, wanted: readonly string[], own: readonly string[]): Answer {
  if (status?.authenticated !== true) {
    if (status?.error) throw new AuthenticationError(status.error);
    return undefined;
  }
  const { audiences: named = [] } = status;
  const accepted = wanted.filter((each) => (named.length > 0 ? named : own).includes(each));
  return accepted.length === 0 ? undefined : { user: reviewedUser(status.user), audiences: accepted };
}
