import { DomainError } from "#base/domain-error.ts";

export type VolumeErrorDetail =
  /** Something that the volume is made from does not exist or cannot be used; it may come later. */
  | { readonly code: "unavailable" }
  /** No plug-in knows this kind of volume. */
  | { readonly code: "unsupported" };

/** A volume cannot be prepared. The message is for the pod's owner. */
export class VolumeError extends DomainError<VolumeErrorDetail> {
  static unavailable(message: string, options?: ErrorOptions): VolumeError {
    return new VolumeError({ code: "unavailable" }, message, options);
  }

  /** Several reasons at once, as `errors.NewAggregate` writes them. */
  static aggregate(messages: readonly string[]): VolumeError {
    const [only] = messages;
    return VolumeError.unavailable(messages.length === 1 ? (only ?? "") : `[${messages.join(", ")}]`);
  }
}
