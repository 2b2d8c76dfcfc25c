import { type Answer, textAnswer } from "#https/answer.ts";

/** What upstream's filters answer instead of a Status; clients wait as long and ask again. */
export function tooManyRequests(retryAfterSeconds: number): Answer {
  return textAnswer(429, "Too many requests, please try again later.\n", {
    "x-content-type-options": "nosniff",
    "retry-after": String(retryAfterSeconds),
  });
}
