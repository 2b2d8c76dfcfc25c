import { genericNotFound } from "#apimachinery/status-error.ts";
import { textAnswer } from "#https/answer.ts";
import { PlainError } from "../plain-error.ts";

/**
 * What nobody serves at all. Clients are told in the words of Go's HTTP server: a Status is only for what is not there
 * within an API that is (apiserver `pkg/util/notfoundhandler`).
 */
export class PageNotFound extends PlainError {
  constructor() {
    super(
      genericNotFound().status,
      textAnswer(404, "404 page not found\n", { "x-content-type-options": "nosniff" }),
    );
  }
}
