import type { KubeObject } from "#apimachinery/meta.ts";
import type { WriteOptions } from "#apimachinery/request.ts";
import { admissionRequest, creation } from "./admission-request.ts";
import type { RequestScope } from "./request-scope.ts";
import type { WriteEnvironment } from "./write-environment.ts";

/** Admits something that is posted but not stored, such as a review or an eviction. */
export async function admitBody<T extends KubeObject>(
  { admission }: WriteEnvironment,
  scope: RequestScope,
  object: T,
  options: WriteOptions,
): Promise<T> {
  const created = creation(options);
  const mutated = await admission.mutate(admissionRequest(scope, { ...created, object }));
  await admission.validate(admissionRequest(scope, { ...created, object: mutated }));
  // Plugins give back objects of the kind that they get.
  return mutated as T;
}
