import type { KubeObject } from "#apimachinery/meta.ts";
import type { Entry } from "#store/store.ts";
import type { ServedResource } from "../registry/served-resource.ts";
import type { ObjectStorage } from "../storage/object-storage.ts";
import { type ObjectResponse, objectResponse, StoredObjectResponse } from "../storage/responses.ts";
import type { RequestScope } from "./request-scope.ts";

/** The result of a write, in the version of the hub. */
export interface WrittenObject {
  readonly object: KubeObject;
  /** Absent when nothing was stored: after a dry run, and for what an update has deleted. */
  readonly entry?: Entry;
}

export async function writeResponse(
  storage: ObjectStorage,
  { served, warnings }: Pick<RequestScope, "served" | "warnings">,
  { object, entry }: WrittenObject,
  code: number,
): Promise<ObjectResponse> {
  if (entry === undefined) return objectResponse(await asIfStored(object, served), code, warnings.list());
  await storage.prepare([entry], served);
  return new StoredObjectResponse(storage, { served, entry }, { code, warnings: warnings.list() });
}

/** What a client would read of an object that has not been stored. */
async function asIfStored(object: KubeObject, served: ServedResource): Promise<KubeObject> {
  const { conversion, hub } = served;
  const stored = await conversion.toStored(object, hub);
  const [read = object] = await conversion.fromStored([stored], served);
  return read;
}
