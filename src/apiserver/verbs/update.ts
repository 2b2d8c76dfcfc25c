import type { KubeObject } from "#apimachinery/meta.ts";
import type { RequestBody, WriteOptions } from "#apimachinery/request.ts";
import { objectKey } from "../registry/storage-keys.ts";
import type { ObjectResponse } from "../storage/responses.ts";
import { decodeBody } from "./decode-body.ts";
import { dropDuplicateOwners, placeInNamespace, requireName } from "./metadata.ts";
import type { RequestScope } from "./request-scope.ts";
import { trackUpdate } from "./track-fields.ts";
import { updateObject } from "./update-object.ts";
import type { UpdateStrategy } from "./update-strategy.ts";
import type { WriteEnvironment } from "./write-environment.ts";
import { writeResponse } from "./written-object.ts";

/** Replaces an object, or the part of it that a subresource's strategy lets through. */
export async function replaceObject(
  environment: WriteEnvironment,
  scope: RequestScope,
  body: RequestBody,
  {
    strategy,
    options = {},
  }: { readonly strategy: UpdateStrategy; readonly options?: WriteOptions | undefined },
): Promise<ObjectResponse> {
  const { served, target, warnings } = scope;
  const decoded = decodeBody(environment, scope, body, options, await presentObject(environment, scope));
  const placed = placeInNamespace(decoded, served, target.namespace);
  requireName(placed, target.name ?? "");
  const wanted = dropDuplicateOwners(placed, "beforeAdmission", (text) => warnings.add(text));
  const { uid } = wanted.metadata;
  const { written, created } = await updateObject(environment, scope, {
    strategy,
    change: (live) => trackUpdate(environment, scope, { next: wanted, live, options }),
    options: { kind: "UpdateOptions", options },
    ...(uid !== undefined && uid !== "" && { uid }),
  });
  return await writeResponse(environment.storage, scope, written, created ? 201 : 200);
}

/** The object before the request, if there is one; other writers may still change it. */
async function presentObject(
  { storage }: WriteEnvironment,
  { served, target }: RequestScope,
): Promise<KubeObject | undefined> {
  const entry = storage.store.get(objectKey(served, target.namespace, target.name ?? ""));
  if (entry === undefined) return undefined;
  await storage.prepare([entry], served);
  return storage.objectOf(entry, served);
}
