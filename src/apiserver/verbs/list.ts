import type { ListOptions } from "#apimachinery/request.ts";
import { type Collection, readCollection } from "../storage/collection.ts";
import { type ListResponse, StoredListResponse } from "../storage/responses.ts";
import { selectCollection } from "./collection-query.ts";
import type { ReadEnvironment } from "./read-environment.ts";
import type { RequestScope } from "./request-scope.ts";

export async function listObjects(
  environment: ReadEnvironment,
  scope: RequestScope,
  options: ListOptions = {},
): Promise<ListResponse> {
  const selected = await readSelected(environment, scope, options);
  return new StoredListResponse(environment.storage, scope.served, selected, scope.warnings.list());
}

/** The entries that a list or deletecollection request is about. */
export async function readSelected(
  { storage, clock }: ReadEnvironment,
  scope: RequestScope,
  options: ListOptions,
): Promise<Collection> {
  const query = selectCollection(storage, scope, options);
  const { store } = storage;
  const collection = await readCollection({ store, clock }, query, options, scope.context.signal);
  await storage.prepare(collection.entries, scope.served);
  return collection;
}
