import { StoreError, type StoreErrorDetail } from "../store-error.ts";

/** A `StoreError` as it travels between threads, which would lose its class. */
export interface Failure {
  readonly detail: StoreErrorDetail;
  readonly message: string;
}

/** Translates whatever a database operation threw. `action` completes "Cannot …". */
export function toFailure(action: string, error: unknown): Failure {
  if (error instanceof StoreError) return { detail: error.detail, message: error.message };
  const reason = error instanceof Error ? error.message : String(error);
  return { detail: detailOf(codeOf(error)), message: `Cannot ${action}: ${reason}` };
}

export function toStoreError({ detail, message }: Failure): StoreError {
  return new StoreError(detail, message);
}

function detailOf(sqliteCode: string): StoreErrorDetail {
  if (sqliteCode === "SQLITE_FULL") return { code: "diskFull" };
  return { code: "storageFailed" };
}

/** The code of an error of SQLite or of the operating system; empty when there is none. */
export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}
