import { DomainError } from "#base/domain-error.ts";

export type ConfigErrorDetail =
  /** Something that the pod refers to does not exist, or a value of its spec cannot be used. */
  { readonly code: "unusable" };

/** A container or sandbox cannot be made from what the pod says. The message is for the pod's owner. */
export class ConfigError extends DomainError<ConfigErrorDetail> {
  constructor(message: string, options?: ErrorOptions) {
    super({ code: "unusable" }, message, options);
  }
}
