import type { Answer } from "#https/answer.ts";
import type { Exchange } from "#https/exchange.ts";
import type { RequestDigest } from "./request-digest.ts";

/** A request that has been understood and whose sender is known. */
export interface LimitedRequest extends RequestDigest {
  readonly exchange: Exchange;
  /** How long it may wait for its turn. */
  readonly maxWaitMs: number;
}

/** Holds requests back while there are too many. */
export interface RequestLimiter {
  /** Answers as `work` does, as soon as it is the request's turn, or says that there are too many. */
  limit(request: LimitedRequest, work: () => Promise<Answer>): Promise<Answer>;
}
