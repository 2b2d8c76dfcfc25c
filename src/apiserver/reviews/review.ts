import type { RequestBody, WriteOptions } from "#apimachinery/request.ts";
import type { ObjectResponse } from "../storage/responses.ts";
import type { RequestScope } from "../verbs/request-scope.ts";
import type { WriteEnvironment } from "../verbs/write-environment.ts";

/** Answers the creation of something that is only a question. Nothing is stored. */
export type Review = (
  environment: WriteEnvironment,
  scope: RequestScope,
  body: RequestBody,
  options: WriteOptions,
) => Promise<ObjectResponse>;
