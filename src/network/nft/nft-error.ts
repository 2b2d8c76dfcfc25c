import { DomainError } from "#base/domain-error.ts";
import type { NftOperation } from "./transaction.ts";

/**
 * - `stale`: the table is not what the transaction was made for; read it and plan again.
 * - `failed`: the backend cannot do it: no permission, or a kernel without the feature.
 */
export type NftErrorDetail =
  | { readonly code: "stale"; readonly operation: NftOperation | undefined }
  | { readonly code: "failed"; readonly operation: NftOperation | undefined };

export class NftError extends DomainError<NftErrorDetail> {}

export function isStale(error: unknown): error is NftError {
  return error instanceof NftError && error.detail.code === "stale";
}
