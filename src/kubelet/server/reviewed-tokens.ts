import { createHash } from "node:crypto";
import { reviewedUser } from "#api/authentication/v1/reviewed-user.ts";
import type { UserInfo } from "#apimachinery/user.ts";
import { AnswerCache } from "#base/answer-cache.ts";
import type { Clock } from "#base/clock.ts";
import type { Client } from "#client/client.ts";
import { AuthenticationError, type TokenAuthenticator } from "#https/authenticator.ts";

/** How many answers are kept (apiserver `token/cache`). */
const REMEMBERED = 4096;

export interface ReviewedTokensDependencies {
  readonly client: Pick<Client, "create">;
  readonly clock: Pick<Clock, "now">;
}

/** Asks the API server whose a token is, by a TokenReview (kubelet `BuildAuthn`). */
export class ReviewedTokens implements TokenAuthenticator {
  readonly #rememberMs: number;
  readonly #dependencies: ReviewedTokensDependencies;
  readonly #known: AnswerCache<UserInfo | undefined>;

  /** `rememberMs` is for how long an answer is good. */
  constructor(rememberMs: number, dependencies: ReviewedTokensDependencies) {
    this.#rememberMs = rememberMs;
    this.#dependencies = dependencies;
    this.#known = new AnswerCache(REMEMBERED, dependencies);
  }

  async authenticateToken(token: string): Promise<UserInfo | undefined> {
    // Nobody finds tokens in the memory of a node that it no longer needs.
    const key = createHash("sha256").update(token).digest("base64");
    const known = this.#known.get(key);
    if (known !== undefined) return known.answer;
    const user = await this.#ask(token);
    this.#known.set(key, user, this.#rememberMs);
    return user;
  }

  async #ask(token: string): Promise<UserInfo | undefined> {
    try {
      const { status } = await this.#dependencies.client.create("TokenReview", {
        apiVersion: "authentication.k8s.io/v1",
        kind: "TokenReview",
        metadata: {},
        spec: { token },
      });
      return status?.authenticated === true ? reviewedUser(status.user) : undefined;
    } catch (cause) {
      throw new AuthenticationError("the API server could not be asked whose the token is", { cause });
    }
  }
}
