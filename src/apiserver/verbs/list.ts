import type { ListOptions } from "#apimachinery/request.ts";
import { type Collection, readCollection } from "../storage/collection.ts";
import type { ObjectStorage } from "../storage/object-storage.ts";
import { type ListResponse, StoredListResponse } from "../storage/responses.ts";
import { selectCollection } from "./collection-query.ts";
import type { RequestScope } from "./request-scope.ts";

export async function listObjects(
  storage: ObjectStorage,
  scope: RequestScope,
  options: ListOptions = {},
): Promise<ListResponse> {
  const selected = await readSelected(storage, scope, options);
  return new StoredListResponse(storage, scope.served, selected, scope.warnings.list());
}

/** The entries that a list or deletecollection request is about. */
export async function readSelected(
  storage: ObjectStorage,
  scope: RequestScope,
  options: ListOptions,
): Promise<Collection> {
  const query = selectCollection(storage, scope, options);
  const collection = await readCollection(storage.store, query, options, scope.context.signal);
  await storage.prepare(collection.entries, scope.served);
  return collection;
}
