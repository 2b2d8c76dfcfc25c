import { quote } from "#apimachinery/go-text.ts";
import { badRequest, type StatusError } from "#apimachinery/status-error.ts";

/** A webhook could not be asked, or has answered nothing that makes sense: `failurePolicy` says what follows. */
export class WebhookFailure extends Error {
  /** What metrics call it. */
  readonly code: number;

  constructor(webhook: string, why: string, code: number, options?: ErrorOptions) {
    super(`failed calling webhook ${quote(webhook)}: ${why}`, options);
    this.name = "WebhookFailure";
    this.code = code;
  }
}

/** The refusal of a dry run by who cannot tell what the webhook does beside answering. */
export function dryRunUnsupported(webhook: string): StatusError {
  return badRequest(`admission webhook ${quote(webhook)} does not support dry run`);
}
