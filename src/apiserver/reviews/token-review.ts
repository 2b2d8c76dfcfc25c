import type { TokenReview, TokenReviewStatus } from "#api/generated/authentication-v1.ts";
import { badRequest } from "#apimachinery/status-error.ts";
import type { UserInfo } from "#apimachinery/user.ts";
import type { AuthenticationNotes } from "#https/authenticator.ts";
import { objectResponse } from "../storage/responses.ts";
import { readReview } from "./read-review.ts";
import type { Review } from "./review.ts";
import { toUserInfoBody } from "./self-subject-review.ts";

/** Tells whose a token is, for those who ask on behalf of others. */
export interface TokenReviewer {
  /** Those for whom a token is meant that is reviewed for nobody in particular: the API server's own names. */
  readonly audiences: readonly string[];
  /**
   * The owner of a token, and those of `audiences` for whom it is meant. Undefined when nobody knows the token;
   * rejects, with a message for the asker, when it is known but not good.
   */
  reviewToken(
    token: string,
    audiences: readonly string[],
    notes?: AuthenticationNotes,
  ): Promise<{ readonly user: UserInfo; readonly audiences: readonly string[] } | undefined>;
}

/** Whose token is this? */
export function tokenReview(reviewer: TokenReviewer): Review {
  return async (environment, scope, body, options) => {
    const review = await readReview<TokenReview>(environment, scope, body, options);
    const { token = "", audiences = [] } = review.spec;
    if (token === "") throw badRequest("token is required for TokenReview in authentication");
    const wanted = audiences.length > 0 ? audiences : reviewer.audiences;
    const { annotations, warnings } = scope;
    const notes: AuthenticationNotes = {
      annotate: (key, value) => annotations.add(key, value),
      warn: (text) => warnings.add(text),
    };
    const status = await findOwner(() => reviewer.reviewToken(token, wanted, notes));
    return objectResponse({ ...review, status } as TokenReview, 201, scope.warnings.list());
  };
}

async function findOwner(review: () => ReturnType<TokenReviewer["reviewToken"]>): Promise<TokenReviewStatus> {
  try {
    const found = await review();
    if (found === undefined) return { user: {} };
    return { authenticated: true, user: toUserInfoBody(found.user), audiences: found.audiences };
  } catch (error) {
    return { user: {}, error: error instanceof Error ? error.message : String(error) };
  }
}
