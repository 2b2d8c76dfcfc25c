import type { ReadOptions } from "#apimachinery/request.ts";
import { notFound } from "#apimachinery/status-error.ts";
import { objectKey } from "../registry/storage-keys.ts";
import { waitForRevision } from "../storage/read-revision.ts";
import { type ObjectResponse, StoredObjectResponse } from "../storage/responses.ts";
import type { ReadEnvironment } from "./read-environment.ts";
import type { RequestScope } from "./request-scope.ts";

/** A resourceVersion asks for a state that is at least as new. */
export async function getObject(
  { storage, clock }: ReadEnvironment,
  { context, served, target, warnings }: RequestScope,
  { resourceVersion }: ReadOptions = {},
): Promise<ObjectResponse> {
  const key = objectKey(served, target.namespace, target.name ?? "");
  const { store } = storage;
  await waitForRevision({ store, clock }, resourceVersion, context.signal);
  const entry = store.get(key);
  if (entry === undefined) throw notFound(served.qualified, target.name ?? "");
  await storage.prepare([entry], served);
  return new StoredObjectResponse(storage, { served, entry }, { code: 200, warnings: warnings.list() });
}
