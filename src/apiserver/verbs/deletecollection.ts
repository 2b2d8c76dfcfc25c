import type { KubeObject } from "#apimachinery/meta.ts";
import type { DeleteOptions, ListOptions } from "#apimachinery/request.ts";
import { isNotFound } from "#apimachinery/status-error.ts";
import { type ListResponse, StoredListResponse } from "../storage/responses.ts";
import { deleteObject, warnOfDefault } from "./delete.ts";
import { readSelected } from "./list.ts";
import type { RequestScope } from "./request-scope.ts";
import type { WriteEnvironment } from "./write-environment.ts";

/** So many deletions wait for the disk together. */
const PARALLEL = 64;

/**
 * Deletes every object of a selection and answers with the list of what was there. It stops at the first failure,
 * when some may have been deleted already.
 */
export async function deleteCollection(
  environment: WriteEnvironment,
  scope: RequestScope,
  {
    options = {},
    list = {},
  }: { readonly options?: DeleteOptions | undefined; readonly list?: ListOptions | undefined },
): Promise<ListResponse> {
  const { storage } = environment;
  warnOfDefault(scope, options);
  const selected = await readSelected(environment, scope, list);
  for (let start = 0; start < selected.entries.length; start += PARALLEL) {
    scope.context.signal.throwIfAborted();
    const batch = selected.entries.slice(start, start + PARALLEL);
    const objects = batch.map((entry) => storage.storedObjectOf(entry));
    await Promise.all(objects.map((object) => deleteOne(environment, scope, object, options)));
  }
  return new StoredListResponse(storage, scope.served, selected, scope.warnings.list());
}

async function deleteOne(
  environment: WriteEnvironment,
  scope: RequestScope,
  { metadata: { namespace, name } }: KubeObject,
  options: DeleteOptions,
): Promise<void> {
  const target = { ...scope.target, name, ...(namespace !== undefined && { namespace }) };
  try {
    await deleteObject(environment, { ...scope, target }, options);
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
