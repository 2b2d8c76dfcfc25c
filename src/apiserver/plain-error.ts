import type { Status } from "#apimachinery/meta.ts";
import { StatusError } from "#apimachinery/status-error.ts";
import type { Answer } from "#https/answer.ts";

/** A failure that clients over HTTP are told of in plain text; what clients make of that is its Status. */
export class PlainError extends StatusError {
  readonly answer: Answer;

  constructor(status: Status, answer: Answer) {
    super(status);
    this.answer = answer;
  }
}
