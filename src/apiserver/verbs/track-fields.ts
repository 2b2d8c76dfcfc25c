import type { KubeObject } from "#apimachinery/meta.ts";
import type { PatchOptions } from "#apimachinery/request.ts";
import { omit } from "#base/omit.ts";
import type { RequestScope } from "./request-scope.ts";
import type { WriteEnvironment } from "./write-environment.ts";

export interface TrackedWrite {
  readonly next: KubeObject;
  readonly live: KubeObject | undefined;
  readonly manager: string;
}

export function trackUpdate(
  _environment: WriteEnvironment,
  _scope: RequestScope,
  { next }: TrackedWrite,
): KubeObject {
  return next;
}

export function withoutManagedFields<T extends KubeObject>(object: T): T {
  return { ...object, metadata: omit(object.metadata, "managedFields") };
}

export function trackApply(
  _environment: WriteEnvironment,
  _scope: RequestScope,
  _write: {
    readonly applied: unknown;
    readonly live: KubeObject | undefined;
    readonly manager: string;
    readonly options: PatchOptions;
  },
): KubeObject {
  throw new Error("not landed");
}
