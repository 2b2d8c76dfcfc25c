import type { KubeObject } from "#apimachinery/meta.ts";
import type { RequestBody, WriteOptions } from "#apimachinery/request.ts";
import { invalid } from "#apimachinery/status-error.ts";
import { admitBody } from "../verbs/admit-body.ts";
import { decodeBody } from "../verbs/decode-body.ts";
import { placeInNamespace, wipeSystemMetadata } from "../verbs/metadata.ts";
import type { RequestScope } from "../verbs/request-scope.ts";
import type { WriteEnvironment } from "../verbs/write-environment.ts";

/** The question of a review, checked and admitted. `T` is the generated type of the resource's kind. */
export async function readReview<T extends KubeObject>(
  environment: WriteEnvironment,
  scope: RequestScope,
  body: RequestBody,
  options: WriteOptions,
): Promise<T> {
  const { served, target } = scope;
  const decoded = wipeSystemMetadata(decodeBody(environment, scope, body, options));
  const placed = placeInNamespace(decoded, served, target.namespace);
  const review = await admitBody(environment, scope, placed, options);
  const errors = served.kind.validate?.(review) ?? [];
  if (errors.length > 0) throw invalid(served.resource, "", errors);
  return review as T;
}
