import { DomainError } from "#base/domain-error.ts";
import type { Entry } from "./store.ts";

export type StoreErrorDetail =
  /** `create` of a key that exists. */
  | { readonly code: "keyExists"; readonly present: Entry }
  /** A guarded write whose expected revision is not the present one; `present` is absent when the key is gone. */
  | { readonly code: "conflict"; readonly present: Entry | undefined }
  /** A read or watch that starts before the oldest revision kept. */
  | { readonly code: "compacted"; readonly compactedRevision: number }
  /** A read at a revision that does not exist yet. */
  | { readonly code: "futureRevision"; readonly revision: number }
  /** A watcher that read too slowly and was dropped. */
  | { readonly code: "slowWatcher" }
  /** A value cannot be read with the keys that are configured. */
  | { readonly code: "undecipherable"; readonly key: string }
  /** The disk has no room; the write did not happen and may be tried again. */
  | { readonly code: "diskFull" }
  /** The disk or file failed otherwise; the write did not happen. */
  | { readonly code: "storageFailed" }
  /** Another process, or another store of this one, has the data directory open. */
  | { readonly code: "inUse" }
  /** The data directory was written by a newer version of Kubelith. */
  | { readonly code: "newerFormat"; readonly found: number; readonly supported: number }
  /** The store has been closed. */
  | { readonly code: "closed" };

export class StoreError extends DomainError<StoreErrorDetail> {}
