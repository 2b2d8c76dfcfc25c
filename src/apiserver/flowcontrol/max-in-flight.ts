import { PRIVILEGED_GROUP } from "#apimachinery/user.ts";
import type { Answer } from "#https/answer.ts";
import { isLongRunning } from "../front/request-info.ts";
import { READING_VERBS } from "./reading-verbs.ts";
import type { LimitedRequest, RequestLimiter } from "./request-limiter.ts";
import { tooManyRequests } from "./too-many-requests.ts";

export interface MaxInFlightOptions {
  /** 0 for no limit. */
  readonly maxRequestsInflight: number;
  /** Of requests that change something; 0 for no limit. */
  readonly maxMutatingRequestsInflight: number;
}

/** Seconds after which a client may ask again. */
const RETRY_AFTER = 1;

/** Turns away what comes while the limit is reached, but for administrators (apiserver `filters/maxinflight.go`). */
export class MaxInFlight implements RequestLimiter {
  readonly #reading: InFlight;
  readonly #mutating: InFlight;

  constructor({ maxRequestsInflight, maxMutatingRequestsInflight }: MaxInFlightOptions) {
    this.#reading = { limit: maxRequestsInflight, count: 0 };
    this.#mutating = { limit: maxMutatingRequestsInflight, count: 0 };
  }

  async limit({ exchange, info, user }: LimitedRequest, work: () => Promise<Answer>): Promise<Answer> {
    if (isLongRunning(info)) return await work();
    const inFlight = READING_VERBS.includes(info.verb) ? this.#reading : this.#mutating;
    const isFull = inFlight.limit > 0 && inFlight.count >= inFlight.limit;
    if (isFull && !user.groups.includes(PRIVILEGED_GROUP)) return tooManyRequests(RETRY_AFTER);
    if (isFull) return await work();
    inFlight.count += 1;
    try {
      return await work();
    } finally {
      exchange.onFinished(() => {
        inFlight.count -= 1;
      });
    }
  }
}

interface InFlight {
  readonly limit: number;
  count: number;
}
