import { DomainError } from "#base/domain-error.ts";

/**
 * - `notReady`: the node has no pod CIDR yet.
 * - `exhausted`: every address of the pod CIDR is in use.
 * - `failed`: the kernel or the file system refused.
 */
export type PodNetworkErrorDetail =
  | { readonly code: "notReady" }
  | { readonly code: "exhausted"; readonly podCIDR: string }
  | { readonly code: "failed" };

export class PodNetworkError extends DomainError<PodNetworkErrorDetail> {
  static notReady(): PodNetworkError {
    return new PodNetworkError({ code: "notReady" }, "The node has no pod CIDR yet");
  }

  static exhausted(podCIDR: string): PodNetworkError {
    return new PodNetworkError(
      { code: "exhausted", podCIDR },
      `No address is free in the node's pod CIDR ${podCIDR}`,
    );
  }

  static failed(purpose: string, cause: unknown): PodNetworkError {
    const reason = cause instanceof Error ? cause.message : String(cause);
    return new PodNetworkError({ code: "failed" }, `Cannot ${purpose}: ${reason}`, { cause });
  }
}
