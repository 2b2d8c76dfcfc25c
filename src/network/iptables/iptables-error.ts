import { DomainError } from "#base/domain-error.ts";

export type IptablesErrorDetail =
  /** The command ended with a failure, of which it said why. */
  { readonly code: "failed"; readonly command: string };

export class IptablesError extends DomainError<IptablesErrorDetail> {
  static failed(command: string, reason: string): IptablesError {
    return new IptablesError({ code: "failed", command }, `${command} failed: ${reason.trim()}`);
  }
}
