import type { AnswerHeaders } from "#https/answer.ts";

export interface ServingErrorOptions extends ErrorOptions {
  /** Header fields of the answer. */
  readonly fields?: AnswerHeaders;
}

/** A request that is refused with a status code and one line of text, the form in which kubelets report errors. */
export class ServingError extends Error {
  override readonly name = "ServingError";
  readonly code: number;
  readonly fields: AnswerHeaders;

  constructor(code: number, message: string, { fields = {}, ...options }: ServingErrorOptions = {}) {
    super(message, options);
    this.code = code;
    this.fields = fields;
  }
}
