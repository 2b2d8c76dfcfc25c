import type { KubeObject } from "#apimachinery/meta.ts";
import type { Entry } from "#store/store.ts";
import { fromStored, type ObjectStorage } from "../storage/object-storage.ts";
import { type ObjectResponse, objectResponse, StoredObjectResponse } from "../storage/responses.ts";
import type { RequestScope } from "./request-scope.ts";

/** The result of a write, in the stored version. */
export interface WrittenObject {
  readonly object: KubeObject;
  /** Absent when nothing was stored: after a dry run, and for what an update has deleted. */
  readonly entry?: Entry;
}

export function writeResponse(
  storage: ObjectStorage,
  { served, warnings }: Pick<RequestScope, "served" | "warnings">,
  { object, entry }: WrittenObject,
  code: number,
): ObjectResponse {
  return entry === undefined
    ? objectResponse(fromStored(object, served), code, warnings.list())
    : new StoredObjectResponse(storage, { served, entry }, { code, warnings: warnings.list() });
}
