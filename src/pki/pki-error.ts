import { DomainError } from "#base/domain-error.ts";

export type PkiErrorDetail =
  /** A certificate must be issued, and the key of its authority is not in the directory. */
  | { readonly code: "authorityKeyMissing"; readonly authority: string; readonly certificate: string }
  /** The authorities are others than those that the process has begun with. */
  | { readonly code: "authorityChanged" }
  /** The operator must change something before the authorities can be replaced. */
  | { readonly code: "replacementRefused" }
  /** The directory cannot be read or written. */
  | { readonly code: "directoryUnusable"; readonly directory: string };

export class PkiError extends DomainError<PkiErrorDetail> {}
