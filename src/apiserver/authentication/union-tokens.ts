import type { UserInfo } from "#apimachinery/user.ts";
import {
  AuthenticationError,
  type AuthenticationNotes,
  type TokenAuthenticator,
} from "#https/authenticator.ts";
import type { TokenReviewer } from "../reviews/token-review.ts";

/**
 * Asks one after the other until somebody knows a token (apiserver `token/union`). A refusal counts only when nobody
 * does.
 */
export class UnionTokens implements TokenAuthenticator, TokenReviewer {
  readonly audiences: readonly string[];
  readonly #reviewers: readonly Pick<TokenReviewer, "reviewToken">[];

  /** `audiences` are the API server's own names. */
  constructor(audiences: readonly string[], reviewers: readonly Pick<TokenReviewer, "reviewToken">[]) {
    this.audiences = audiences;
    this.#reviewers = reviewers;
  }

  async authenticateToken(token: string, notes?: AuthenticationNotes): Promise<UserInfo | undefined> {
    return (await this.reviewToken(token, this.audiences, notes))?.user;
  }

  async reviewToken(token: string, audiences: readonly string[], notes?: AuthenticationNotes) {
    const refusals: string[] = [];
    for (const reviewer of this.#reviewers) {
      try {
        const found = await reviewer.reviewToken(token, audiences, notes);
        if (found !== undefined) return found;
      } catch (error) {
        if (!(error instanceof AuthenticationError)) throw error;
        refusals.push(error.message);
      }
    }
    if (refusals.length > 0) throw new AuthenticationError(refusals.join(", "));
    return undefined;
  }
}

/** Tokens that tell nothing of whom they are for are for the API server (apiserver `WrapAudienceAgnosticToken`). */
export function forAudiences(
  own: readonly string[],
  tokens: TokenAuthenticator,
): Pick<TokenReviewer, "reviewToken"> {
  return {
    reviewToken: async (token, audiences) => {
      const accepted = own.filter((audience) => audiences.includes(audience));
      const user = accepted.length === 0 ? undefined : await tokens.authenticateToken(token);
      return user && { user, audiences: accepted };
    },
  };
}
