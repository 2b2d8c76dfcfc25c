import { DomainError } from "#base/domain-error.ts";

/**
 * - `notReady`: the node has no pod CIDR yet.
 * - `uninitialized`: there is no configuration for the plugins that they can carry out.
 * - `unavailable`: a plugin says that it can connect nobody now.
 * - `exhausted`: every address of the pod CIDR is in use.
 * - `failed`: the kernel, the file system or a plugin refused.
 */
export type PodNetworkErrorDetail =
  | { readonly code: "notReady" | "uninitialized" | "unavailable" }
  | { readonly code: "exhausted"; readonly podCIDR: string }
  | { readonly code: "failed" };

export class PodNetworkError extends DomainError<PodNetworkErrorDetail> {
  static notReady(): PodNetworkError {
    return new PodNetworkError({ code: "notReady" }, "The node has no pod CIDR yet");
  }

  /** In containerd's words, with the reason that it only logs. */
  static uninitialized(why: string): PodNetworkError {
    return new PodNetworkError(
      { code: "uninitialized" },
      `Network plugin returns error: cni plugin not initialized: ${why}`,
    );
  }

  /** In containerd's words. */
  static unavailable(cause: unknown): PodNetworkError {
    const why = cause instanceof Error ? cause.message : String(cause);
    return new PodNetworkError({ code: "unavailable" }, `Network plugin returns error: ${why}`, { cause });
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
