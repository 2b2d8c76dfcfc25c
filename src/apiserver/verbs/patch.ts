import type { PatchOptions, PatchType } from "#apimachinery/request.ts";
import type { ObjectResponse } from "../storage/responses.ts";
import type { RequestScope } from "./request-scope.ts";
import type { UpdateStrategy } from "./update-strategy.ts";
import type { WriteEnvironment } from "./write-environment.ts";

export interface PatchRequest {
  readonly type: PatchType;
  /** The parsed patch document. */
  readonly document: unknown;
}

export declare function patchObject(
  environment: WriteEnvironment,
  scope: RequestScope,
  patch: PatchRequest,
  request: { readonly strategy: UpdateStrategy; readonly options: PatchOptions },
): Promise<ObjectResponse>;
