import type { PatchOptions, ReadOptions, RequestBody, WriteOptions } from "#apimachinery/request.ts";
import type { ObjectResponse } from "../storage/responses.ts";
import { getObject } from "../verbs/get.ts";
import { type PatchRequest, patchObject } from "../verbs/patch.ts";
import type { RequestScope } from "../verbs/request-scope.ts";
import { replaceObject } from "../verbs/update.ts";
import type { UpdateStrategy } from "../verbs/update-strategy.ts";
import type { WriteEnvironment } from "../verbs/write-environment.ts";

/** How the requests for a subresource are answered, as far as it has the verb. */
export interface SubresourceHandler {
  readonly get?: (
    environment: WriteEnvironment,
    scope: RequestScope,
    options?: ReadOptions,
  ) => Promise<ObjectResponse>;
  readonly create?: (
    environment: WriteEnvironment,
    scope: RequestScope,
    body: RequestBody,
    options?: WriteOptions,
  ) => Promise<ObjectResponse>;
  readonly update?: (
    environment: WriteEnvironment,
    scope: RequestScope,
    body: RequestBody,
    options?: WriteOptions,
  ) => Promise<ObjectResponse>;
  readonly patch?: (
    environment: WriteEnvironment,
    scope: RequestScope,
    patch: PatchRequest,
    options?: PatchOptions,
  ) => Promise<ObjectResponse>;
}

/** A subresource that is the object itself, of which updates may change only a part. */
export function partOfObject(strategy: UpdateStrategy): Required<Omit<SubresourceHandler, "create">> {
  return {
    get: getObject,
    update: (environment, scope, body, options) =>
      replaceObject(environment, scope, body, { strategy, options }),
    patch: (environment, scope, patch, options) =>
      patchObject(environment, scope, patch, { strategy, options }),
  };
}
